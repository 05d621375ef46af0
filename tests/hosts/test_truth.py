"""Counts that are wrong are said to be wrong."""

import unittest

from truth import FACTS, mistakes

TRUTH = '{"fact":"device"}\n{"fact":"device"}\n{"fact":"user"}\n{"fact":"logged_on"}\n'
RIGHT = {"device": 2, "user": 2, "snapshot": 4}


class Truth(unittest.TestCase):
    def test_right_counts_are_right(self):
        self.assertEqual(mistakes({**dict.fromkeys(FACTS, 0), **RIGHT}, TRUTH, 2), [])
        self.assertEqual(mistakes(RIGHT, TRUTH, 2), [])

    def test_wrong_counts_are_named(self):
        for wrong, name in [
            ({"device": 1}, "device"),
            ({"device": 3}, "device"),
            ({"snapshot": 3}, "snapshot"),
            ({"ip_address": 1}, "ip_address"),
            ({"alert": 1}, "alert"),
        ]:
            found = mistakes(RIGHT | wrong, TRUTH, 2)
            self.assertEqual(len(found), 1, found)
            self.assertIn(name, found[0])


if __name__ == "__main__":
    unittest.main()
