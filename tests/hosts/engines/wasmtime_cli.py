"""The command line of wasmtime: `examples/shell/run.sh`."""

from job import EXAMPLES, said

NAME = "`wasmtime run`"
KEEPS_A_POSITION = False


def version(_):
    found = said("wasmtime", "--version")
    return found and found.split()[1]


def command(job):
    return [EXAMPLES / "shell" / "run.sh", job.component, job.config_file()]
