"""Deno through the transpiled contract: `examples/node`, which may call the double and nobody else."""

import json
import urllib.parse

from job import NODE, TOOLS, said

from .jco_run import JCO
from .jco_session import prepare

__all__ = ["NAME", "command", "prepare", "version"]

NAME = "Deno, transpiled by jco"
PROGRAM = TOOLS / "engines" / "node_modules" / ".bin" / "deno"


def version(_):
    jco, deno = said(JCO, "--version"), said(PROGRAM, "--version")
    return jco and deno and f"jco {jco}, Deno {deno.split()[1]}"


def command(job):
    origins = json.loads(job.double.config())["endpoints"].values()
    hosts = ",".join(sorted({urllib.parse.urlsplit(origin).netloc for origin in origins}))
    rights = ["--allow-read", "--allow-write", "--allow-env", f"--allow-net={hosts}"]
    return [PROGRAM, "run", "--quiet", *rights, NODE / "main.js", job.config_file(), job.checkpoint_file()]
