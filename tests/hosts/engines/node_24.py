"""Node 24 through the transpiled contract: `examples/node`."""

from job import NODE, TOOLS, said

from .jco_run import JCO
from .jco_session import prepare

__all__ = ["NAME", "command", "prepare", "version"]

NAME = "Node 24, transpiled by jco"
PROGRAM = TOOLS / "engines" / "node_modules" / ".bin" / "node"


def version(_):
    jco, node = said(JCO, "--version"), said(PROGRAM, "--version")
    return jco and node and f"jco {jco}, Node {node.lstrip('v')}"


def command(job):
    return [PROGRAM, NODE / "main.js", job.config_file(), job.checkpoint_file()]
