"""Counts events against what the double says is true."""

import collections
import json

# Which facts each kind of event states. An event of a kind that is not named here is a failure: name it.
FACTS = {
    "device": ["device"],
    "ip_address": ["address"],
    "user": ["user", "logged_on"],
    "application": ["application"],
    "software": ["installed"],
    "vulnerability": ["finding"],
    "recommendation": ["recommendation", "recommended"],
}


def expected(truth, datasets):
    """How many events of each kind a run has that read everything."""
    facts = collections.Counter(json.loads(line)["fact"] for line in truth.splitlines())
    kinds = {kind: sum(facts[name] for name in names) for kind, names in FACTS.items()}
    return {**kinds, "snapshot": 2 * datasets}


def mistakes(kinds, truth, datasets):
    """What is wrong with the counts, in words; nothing if they are right."""
    wanted = expected(truth, datasets)
    names = sorted(wanted.keys() | kinds.keys())
    return [
        f"{name}: {kinds.get(name, 0)} events, {wanted.get(name, 'no')} facts"
        for name in names
        if kinds.get(name, 0) != wanted.get(name)
    ]
