"""Runs the source in Python: events to standard output, everything for people to standard error.

    pip install -r requirements.txt
    DEFENDER_CLIENT_SECRET=… python session.py defender_source.wasm config.json checkpoint.txt
"""

import os
import pathlib
import sys
import time

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, ResourceAny

# How the read of a dataset can fail; all else is as it should be.
FAILED = ("partial", "forbidden", "skipped")


def record(**members):
    """A record of the contract, which writes its names with hyphens."""
    made = Record()
    for name, value in members.items():
        setattr(made, name.replace("_", "-"), value)
    return made


class Source:
    """The component in a store of its own. Its network reaches any host; Python has no hook to bound it."""

    def __init__(self, file):
        engine = Engine()
        linker = Linker(engine)
        linker.add_wasip2()
        linker.add_wasi_http()
        self.store = Store(engine)
        self.store.set_limits(memory_size=64 << 20)
        self.store.set_wasi(WasiConfig())
        self.store.set_wasi_http()
        self.instance = linker.instantiate(self.store, Component.from_file(engine, file))
        self.interface = self.instance.get_export_index(self.store, "pipeline:source/source@0.1.0")

    def call(self, name, *arguments):
        index = self.instance.get_export_index(self.store, name, self.interface)
        return self.instance.get_func(self.store, index)(self.store, *arguments)


def store(file, position):
    fresh = file.with_suffix(".new")
    fresh.write_text(position)
    fresh.replace(file)


def failed(error):
    """Reports what the contract calls `error`: a case and its account."""
    print(f"{error.tag}: {error.payload.message} {error.payload.remedy}", file=sys.stderr)
    return False


def run(component, config, checkpoint):
    source = Source(component)
    secrets = [record(name="client_secret", value=os.environ.get("DEFENDER_CLIENT_SECRET", ""))]
    position = checkpoint.read_text() if checkpoint.exists() else None
    session = source.call("[static]session.open", config.read_text(), secrets, position)
    if not isinstance(session, ResourceAny):  # a resource or an error: types that differ come without a tag
        return failed(session)
    while True:
        answer = source.call("[method]session.next", session, record(max_events=1000, max_bytes=1 << 20))
        if answer.tag == "err":
            return failed(answer.payload)
        step, value = answer.payload.tag, answer.payload.payload
        if step == "batch":
            for event in value.events:
                sys.stdout.buffer.write(event.document.encode() + b"\n")
            sys.stdout.buffer.flush()
            store(checkpoint, value.checkpoint)  # only now: the events are out
        elif step == "wait":
            print(f"waits {value.millis} ms: {value.message}", file=sys.stderr)
            time.sleep(value.millis / 1000)
        else:
            store(checkpoint, value.checkpoint)
            for dataset in value.datasets:
                print(f"{dataset.dataset}: {dataset.completeness}, {dataset.emitted} records", file=sys.stderr)
            return not any(dataset.completeness in FAILED for dataset in value.datasets)


if __name__ == "__main__":
    files = [pathlib.Path(argument) for argument in sys.argv[1:4]]
    sys.exit(0 if run(*files) else 1)
