"""Node through the transpiled contract: `examples/node`."""

import subprocess

from job import NODE, said

NAME = "Node, transpiled by jco"
KEEPS_A_POSITION = True
JCO = NODE / "node_modules" / ".bin" / "jco"


def version(_):
    return said(JCO, "--version")


def prepare(component):
    # What `npm run transpile` does, for the component at hand.
    command = [JCO, "transpile", "--quiet", component, "--name", "defender_source", "--out-dir", NODE / "component"]
    subprocess.run(command, check=True, capture_output=True)


def command(job):
    return ["node", NODE / "main.js", job.config_file(), job.checkpoint_file()]
