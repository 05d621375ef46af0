"""Node through `jco run`: `examples/shell/jco.sh`."""

from job import EXAMPLES, NODE, said

NAME = "Node, `jco run`"
KEEPS_A_POSITION = False


def version(_):
    return said(NODE / "node_modules" / ".bin" / "jco", "--version")


def command(job):
    return [EXAMPLES / "shell" / "jco.sh", job.component, job.config_file()]
