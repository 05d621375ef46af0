"""The bundled host: `source-host run`."""

import datetime
import json

from job import locked, said

NAME = "`source-host run`"


def version(job):
    found = said(job.source_host, "--version")
    return found and f"{found.split()[-1]}, wasmtime {locked('wasmtime')}"


def command(job):
    config = job.folder / "config.toml"
    # What the double says, the component at hand, and nothing outside of the folder.
    ours = f"[sandbox]\ncache_dir = {json.dumps(str(job.folder / 'cache'))}\n[sandbox.hosts]"
    double = job.double.toml.replace("[sandbox.hosts]", ours)
    config.write_text(
        f"[source]\ncomponent = {json.dumps(str(job.component))}\n{double}\n[state]\npath = \"state.json\"\n"
    )
    hand_over(job)
    return [job.source_host, "run", "--once", "--config", config]


def hand_over(job):
    """Puts another host's position into this host's state file."""
    checkpoint = job.folder / "checkpoint.txt"
    if checkpoint.exists():
        state = {
            "format": 1,
            "component": {"name": "defender-source", "version": said(job.source_host, "--version").split()[-1]},
            "checkpoint": checkpoint.read_text(),
            "saved_at": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        }
        (job.folder / "state.json").write_text(json.dumps(state))
