"""syslog-ng: `examples/pipelines/syslog-ng.conf`, as it stands there."""

from job import EXAMPLES, said

NAME = "syslog-ng"
PROGRAM = "/usr/sbin/syslog-ng"


def version():
    found = said(PROGRAM, "--version")
    return found and found.split("(")[1].split(")")[0]


def command(folder, config):
    own = ["--persist-file", "persist", "--pidfile", "pid", "--control", "control", "--no-caps"]
    variables = {"DEFENDER_CONFIG": str(config), "DEFENDER_EVENTS": str(folder / "events.txt")}
    return [PROGRAM, "-F", "-f", EXAMPLES / "pipelines" / "syslog-ng.conf", *own], variables, None


def events(folder):
    """The file that the configuration writes: kind and operation as parsed, then the line."""
    file = folder / "events.txt"
    lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
    parts = [line.split(b" ", 2) for line in lines]
    return [(kind.decode(), line) for kind, _, line in parts]
