"""wasmtime in a Rust program: `examples/rust`."""

import os
import pathlib

from job import ROOT

NAME = "Rust, crate `wasmtime`"
KEEPS_A_POSITION = True


def program():
    built = os.environ.get("EMBED_EXAMPLE")
    return pathlib.Path(built) if built else ROOT / "target" / "debug" / "examples" / "embed"


def version(_):
    if not program().exists():
        return None
    lock = (ROOT / "Cargo.lock").read_text()
    return lock.split('name = "wasmtime"\nversion = "')[1].split('"')[0]


def command(job):
    return [program(), job.component, job.config_file(), job.checkpoint_file()]
