"""When two events are the same: byte for byte, but for the values that a run cannot share with another.

A run has an id, which holds the time at which it was started, and every event says when it was read. These three
values, wherever they stand in a line, are all that may differ. Everything else, the order of members and the sequence
number included, has to be equal. Only where a run goes on on another host do its events have other numbers than in one
that nothing disturbed: higher ones. And where a body broke off, which is read again later, they have the numbers of another
order; the end of a snapshot tells how many rows were received, also those that had arrived before, which some hosts pass on
and others throw away.
"""

import datetime
import hashlib
import json

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def may_differ(envelope):
    """The values that are this run's own, each with the word that stands in for it."""
    yield envelope["run"], "<run>"
    yield str(started_ms(envelope["run"])), "<started>"
    yield envelope["observed"], "<observed>"
    yield str(milliseconds(envelope["observed"])), "<observed>"


def started_ms(ulid):
    """The first ten of a ULID's characters are a time, five bits each."""
    value = 0
    for letter in ulid[:10]:
        value = value * 32 + ALPHABET.index(letter)
    return value


def milliseconds(rfc3339):
    return round(datetime.datetime.fromisoformat(rfc3339).timestamp() * 1000)


def shared(line):
    """A line without what may differ, and its envelope."""
    text = line.decode()
    envelope = json.loads(text)
    for value, word in may_differ(envelope):
        text = text.replace(value, word)
    return text, envelope


def unnumbered(text, envelope):
    """The same without the number, which an OCSF body repeats."""
    for member in ("seq", "sequence"):
        text = text.replace(f'"{member}":{envelope["seq"]},', f'"{member}":<seq>,')
    return text


def unreceived(text, envelope):
    """The same without the number of rows that were received, which the end of a snapshot tells."""
    if envelope["op"] == "snapshot_end":
        text = text.replace(f'"received":{envelope["body"]["received"]},', '"received":<rows>,')
    return text


def digest(text):
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class Events:
    """The events of a run: short digests of each, so that a million cost little, and how many of each kind."""

    def __init__(self):
        self.digests = []
        self.unnumbered = set()
        self.numbers = []
        self.kinds = {}
        self.datasets = set()

    @classmethod
    def read(cls, file):
        events = cls()
        with open(file, "rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    events.add(line.removesuffix(b"\n"))
        return events

    def add(self, line):
        text, envelope = shared(line)
        self.digests.append(digest(text))
        self.unnumbered.add(digest(unnumbered(unreceived(text, envelope), envelope)))
        self.numbers.append(envelope["seq"])
        self.kinds[envelope["kind"]] = self.kinds.get(envelope["kind"], 0) + 1
        if envelope["op"] == "snapshot_end":
            self.datasets.add(envelope["body"]["dataset"])

    def __len__(self):
        return len(self.digests)

    def is_same_as(self, other):
        return sorted(self.digests) == sorted(other.digests)

    def is_same_read_again_as(self, other):
        """The same, where what broke off was read again: later, so that events have other numbers, each its own."""
        has_all = self.unnumbered == other.unnumbered and len(self) == len(other)
        return has_all and len(set(self.numbers)) == len(self)


def first_difference(one, other):
    """A line of one file that the other does not have, for the person who looks for the reason."""
    known = {shared(line)[0] for line in open(other, "rb")}
    return next((text for text, _ in map(shared, open(one, "rb")) if text not in known), None)
