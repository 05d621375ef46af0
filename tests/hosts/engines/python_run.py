"""Python through `wasi:cli/run`: `examples/python/command.py`."""

from job import EXAMPLES, TOOLS, said

NAME = "Python, `wasi:cli/run`"
KEEPS_A_POSITION = False
PYTHON = TOOLS / "python" / "bin" / "python"


def version(_):
    return said(PYTHON, "-c", "import importlib.metadata as m; print(m.version('wasmtime'))")


def command(job):
    return [PYTHON, EXAMPLES / "python" / "command.py", job.component, job.config_file()]
