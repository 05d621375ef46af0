"""rsyslog: `examples/pipelines/rsyslog.conf`, as it stands there, and the source beside it, which writes the file."""

import json
import subprocess

from job import EXAMPLES, TOOLS, environment

NAME = "rsyslog"
ROOT = TOOLS / "rsyslog"
PROGRAM = ROOT / "usr" / "sbin" / "rsyslogd"
# It is unpacked and not installed, so neither the loader nor the program itself knows where its libraries are.
LIBRARIES = next(iter(ROOT.glob("usr/lib/*/rsyslog")), ROOT)
LOADED = {"LD_LIBRARY_PATH": str(LIBRARIES.parent)}
BOTH = 'source-host run --config "$0" & exec "$1" -n -iNONE -M "$2" -f "$3"'


def version():
    try:
        found = subprocess.run([PROGRAM, "-v"], capture_output=True, text=True, check=True, env=environment() | LOADED)
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.split()[1]


def command(folder, config):
    written = folder / "events.ndjson"
    config.write_text(f"{config.read_text()}\n[sink]\ntype = \"file\"\npath = {json.dumps(str(written))}\n")
    # It would wait for the file, and for how long is its own affair.
    written.touch()
    variables = {"DEFENDER_EVENTS": str(written), "DEFENDER_OUT": str(folder / "out.ndjson"), "DEFENDER_WORK": str(folder)}
    recipe = EXAMPLES / "pipelines" / "rsyslog.conf"
    return ["sh", "-c", BOTH, config, PROGRAM, LIBRARIES, recipe], variables | LOADED, None


def events(folder):
    """The file that the configuration writes, a line for each event."""
    file = folder / "out.ndjson"
    lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
    return [(json.loads(line)["kind"], line) for line in lines]
