"""Python through the contract: `examples/python/session.py`."""

from job import EXAMPLES

from .python_run import PYTHON, version

__all__ = ["NAME", "command", "version"]

NAME = "Python, sessions"


def command(job):
    files = [job.component, job.config_file(), job.checkpoint_file()]
    return [PYTHON, EXAMPLES / "python" / "session.py", *files]
