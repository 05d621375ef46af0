"""The bundled host: `source-host run`."""

import datetime
import json

from job import said

NAME = "`source-host run`"
KEEPS_A_POSITION = True


def version(job):
    found = said(job.source_host, "--version")
    return found and found.split()[-1]


def command(job):
    config = job.folder / "config.toml"
    extra = {
        "source": f"component = {json.dumps(str(job.component))}\n",
        "sandbox": f"cache_dir = {json.dumps(str(job.folder / 'cache'))}\n",
    }
    text = f"[source]\n{extra['source']}{job.double.toml}\n[state]\npath = \"state.json\"\n"
    config.write_text(text.replace("[sandbox.hosts]", f"[sandbox]\n{extra['sandbox']}[sandbox.hosts]"))
    hand_over(job)
    return [job.source_host, "run", "--once", "--config", config]


def hand_over(job):
    """Puts another host's position into this host's state file."""
    checkpoint = job.folder / "checkpoint.txt"
    if checkpoint.exists():
        state = {
            "format": 1,
            "component": {"name": "defender-source", "version": "0.1.0"},
            "checkpoint": checkpoint.read_text(),
            "saved_at": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        }
        (job.folder / "state.json").write_text(json.dumps(state))
