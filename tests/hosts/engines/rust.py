"""wasmtime in a Rust program: `examples/rust`."""

import os
import pathlib

from job import ROOT, locked

NAME = "Rust, crate `wasmtime`"


def program():
    built = os.environ.get("EMBED_EXAMPLE")
    return pathlib.Path(built) if built else ROOT / "target" / "debug" / "examples" / "embed"


def version(_):
    return f"wasmtime {locked('wasmtime')}" if program().exists() else None


def command(job):
    return [program(), job.component, job.config_file(), job.checkpoint_file()]
