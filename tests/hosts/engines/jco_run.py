"""Node through `jco run`: `examples/shell/jco.sh`."""

from job import EXAMPLES, NODE, said

NAME = "Node, `jco run`"
JCO = NODE / "node_modules" / ".bin" / "jco"


def version(_):
    jco, node = said(JCO, "--version"), said("node", "--version")
    return jco and node and f"jco {jco}, Node {node.lstrip('v')}"


def command(job):
    return [EXAMPLES / "shell" / "jco.sh", job.component, job.config_file()]
