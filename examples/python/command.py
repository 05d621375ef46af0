"""Runs the source as a program in Python, by `wasi:cli/run`: events to standard output, log lines to standard error.

    pip install -r requirements.txt
    DEFENDER_SOURCE_CLIENT_SECRET=… python command.py defender_source.wasm config.json
"""

import os
import pathlib
import sys

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker

SECRET = "DEFENDER_SOURCE_CLIENT_SECRET"

component, config = sys.argv[1:3]

engine = Engine()
linker = Linker(engine)
linker.add_wasip2()
linker.add_wasi_http()

wasi = WasiConfig()
wasi.argv = ["defender-source", pathlib.Path(config).read_text()]
wasi.env = [(SECRET, os.environ.get(SECRET, ""))]
wasi.inherit_stdout()
wasi.inherit_stderr()
store = Store(engine)
store.set_wasi(wasi)
store.set_wasi_http()

loaded = Component.from_file(engine, component)
# Exports carry the exact version of WASI; a newer build of the component may have a newer one.
interface = next(name for name in loaded.type.exports(engine) if name.startswith("wasi:cli/run@0.2."))
instance = linker.instantiate(store, loaded)
run = instance.get_func(store, instance.get_export_index(store, "run", instance.get_export_index(store, interface)))
sys.exit(0 if run(store).tag == "ok" else 1)
