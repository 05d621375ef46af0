"""Node through the transpiled contract: `examples/node`."""

import subprocess

from job import NODE

from .jco_run import JCO, version

__all__ = ["NAME", "command", "prepare", "version"]

NAME = "Node, transpiled by jco"


def prepare(component):
    # What `npm run transpile` does, for the component at hand.
    command = [JCO, "transpile", "--quiet", component, "--name", "defender_source", "--out-dir", NODE / "component"]
    subprocess.run(command, check=True, capture_output=True)


def command(job):
    return ["node", NODE / "main.js", job.config_file(), job.checkpoint_file()]
