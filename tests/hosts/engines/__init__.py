"""The hosts: a file each, and their order.

A host has a `NAME`; `version(job)`, or nothing where it is not installed; and `command(job)`. `prepare(component)` is
called once, where there is one.
"""

from . import bundled, deno_session, jco_run, jco_session, node_24, python_run, python_session, rust, wasmtime_cli

HOSTS = [bundled, rust, wasmtime_cli, jco_run, jco_session, node_24, deno_session, python_run, python_session]
