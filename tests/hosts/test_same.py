"""The comparison lets pass what may differ, and nothing else."""

import json
import unittest

from same import Events, shared, started_ms, unnumbered


def line(**changes):
    """An event of the run that was started at 2026-11-21T13:14:41.792Z."""
    event = {
        "key": "k", "run": "01M7Z3XA808G0HJ1GSE69ZNKPA", "seq": 3, "observed": "2026-11-21T13:14:42.001Z",
        "body": {"time": 1795266881792, "metadata": {"logged_time": 1795266882001}, "text": "a"},
    }
    return json.dumps(event | changes).encode()


# The same event of a run that was started a minute later.
OTHER = (
    line().replace(b"01M7Z3XA808G0HJ1GSE69ZNKPA", b"01M7Z3Z4V0ZZZZZZZZZZZZZZZZ").replace(b"13:14:42", b"13:15:42")
    .replace(b"1795266881792", b"1795266941792").replace(b"1795266882001", b"1795266942001")
)


class Same(unittest.TestCase):
    def test_the_id_of_a_run_holds_its_start(self):
        self.assertEqual(started_ms("01M7Z3XA808G0HJ1GSE69ZNKPA"), 1795266881792)

    def test_runs_may_differ_in_their_own_values(self):
        self.assertNotEqual(line(), OTHER)
        self.assertEqual(shared(line())[0], shared(OTHER)[0])

    def test_everything_else_counts(self):
        reordered = json.dumps(dict(reversed(json.loads(line()).items()))).encode()
        for other in [
            line(seq=4),
            line(key="l"),
            line(extra=1),
            line(body={"time": 1795266881793}),
            line().replace(b'"a"', b'"\\u0061"'),
            line().replace(b'"seq": 3', b'"seq":3'),
            line() + b" ",
            reordered,
        ]:
            self.assertNotEqual(shared(line())[0], shared(other)[0], other)

    def test_a_run_that_goes_on_elsewhere_has_other_numbers_and_nothing_else(self):
        def compact(**changes):
            return json.dumps(json.loads(line(**changes)), separators=(",", ":")).encode()

        body = {"metadata": {"sequence": 3, "log_name": "machines"}}
        later = {"metadata": {"sequence": 68719476737, "log_name": "machines"}}
        one = unnumbered(*shared(compact(body=body)))
        self.assertEqual(one, unnumbered(*shared(compact(body=later, seq=68719476737))))
        self.assertNotEqual(one, unnumbered(*shared(compact(body=body, key="l"))))

    def test_rows_that_are_read_again_are_counted_again_and_nothing_else(self):
        def events(count, received):
            body = {"dataset": "devices", "count": count, "received": received, "rejected": 0}
            found = Events()
            found.add(json.dumps(json.loads(line(op="snapshot_end", kind="snapshot", body=body)), separators=(",", ":")).encode())
            return found

        self.assertFalse(events(60, 84).is_same_as(events(60, 60)))
        self.assertTrue(events(60, 84).is_same_read_again_as(events(60, 60)))
        self.assertFalse(events(59, 84).is_same_read_again_as(events(60, 60)))


if __name__ == "__main__":
    unittest.main()
