"""Faults of consumers that are known: each complaint about an event has to be one of these, and each of these has to come.

A complaint that is not here is a fault of ours until somebody has looked. One that no longer comes was mended by a newer
version, and its row goes.
"""

import re
from typing import NamedTuple


class Fault(NamedTuple):
    """One fault of one consumer."""

    consumer: str
    """The name of the row."""
    complaint: str
    """What it says, as a regular expression for the whole complaint."""
    about: str
    """What is wrong with it, for people."""

    def covers(self, consumer, complaint):
        """Whether a complaint is this fault."""
        return self.consumer == consumer and re.fullmatch(self.complaint, complaint) is not None


FAULTS = [
    Fault(
        "Tenzir, `ocsf_derive`",
        r"found invalid value for `type_name`",
        "wants the caption `Other` in `type_name` where `activity_id` is 99. OCSF has `type_name` made of `class_name` and "
        "`activity_name`, and the name of an activity 99 is the source's own word",
    ),
    Fault(
        "pydantic-ocsf",
        r"(device\.type_id: Input should be 0 or 99|status_id: Input should be 0, 1, 2, 3 or 99"
        r"|device\.os\.type_id: Input should be 100, .*)",
        "takes the values of an enumeration from another member of the same name: of the types of a device it knows only Unknown "
        "and Other, of those of an operating system not Unknown, and it does not know that a finding may be Resolved",
    ),
    Fault(
        "pydantic-ocsf",
        r"(osint\[\]\.)?vulnerabilities\[\]\.cve\.cvss\[\]\.depth: Input should be a valid integer.*",
        "wants a number for `cvss[].depth`, whose values in OCSF are the texts `Base`, `Environmental` and `Temporal`",
    ),
    Fault(
        "pydantic-ocsf",
        r"observables\[\]: Value error, Inconsistent type_id=.*",
        "wants other captions of observable types than OCSF has",
    ),
    Fault(
        "pydantic-ocsf",
        r"`BaseEvent` is not fully defined.*",
        "has a base event that cannot be used: the models of what is in it are not loaded",
    ),
    Fault(
        "py-ocsf-models",
        r"device\.(hostname|ip|name|region): Field required",
        "wants `hostname`, `ip`, `name` and `region` of every device, which OCSF does not require",
    ),
    Fault(
        "py-ocsf-models",
        r"observables\[\]\.type_id: Input should be .*",
        "knows the types of observables of an old version of OCSF alone, whatever version the event names",
    ),
    Fault(
        "py-ocsf-models",
        r"lost (application|compliance|finding_info\.product|metadata\.(tags|transformation_info_list|original_event_uid|log_format))",
        "lacks members, which it leaves out without a word: `application`, `compliance` of class 2007, `finding_info.product`, several of `metadata`",
    ),
]
