"""Python through `wasi:cli/run`: `examples/python/command.py`."""

from job import EXAMPLES, TOOLS, said

NAME = "Python, `wasi:cli/run`"
PYTHON = TOOLS / "python" / "bin" / "python"
VERSIONS = """
import importlib.metadata, platform
print(f"wasmtime {importlib.metadata.version('wasmtime')}, Python {platform.python_version()}")
"""


def version(_):
    return said(PYTHON, "-c", VERSIONS)


def command(job):
    return [PYTHON, EXAMPLES / "python" / "command.py", job.component, job.config_file()]
