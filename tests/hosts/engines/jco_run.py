"""Node through `jco run`: `examples/shell/jco.sh`."""

import subprocess

from job import EXAMPLES, NODE, ROOT, said

NAME = "Node, `jco run`"
JCO = NODE / "node_modules" / ".bin" / "jco"


def version(_):
    jco, node = said(JCO, "--version"), said("node", "--version")
    return jco and node and f"jco {jco}, Node {node.lstrip('v')}"


def read_contract(folder):
    """What is wrong when the installed pair of jco and its shim makes types of `wit/`; nothing where it does."""
    made = subprocess.run([JCO, "types", ROOT / "wit", "--out-dir", folder], capture_output=True, text=True)
    if made.returncode:
        return made.stderr
    return None if any(folder.rglob("pipeline-source-source.d.ts")) else "it made no types of the contract"


def command(job):
    return [EXAMPLES / "shell" / "jco.sh", job.component, job.config_file()]
