"""The command line of wasmtime: `examples/shell/run.sh`."""

from job import EXAMPLES, said

NAME = "`wasmtime run`"


def version(_):
    found = said("wasmtime", "--version")
    return found and " ".join(found.split()[:2])


def command(job):
    return [EXAMPLES / "shell" / "run.sh", job.component, job.config_file()]
