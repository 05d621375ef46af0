"""One run of one host, measured."""

import dataclasses
import os
import pathlib
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
TOOLS = ROOT / "target" / "hosts"
NODE = EXAMPLES / "node"


@dataclasses.dataclass
class Job:
    """What a host is asked to do, in a folder of its own. The position is kept there as `checkpoint.txt`."""

    folder: pathlib.Path
    component: pathlib.Path
    source_host: pathlib.Path
    double: object

    def config_file(self):
        file = self.folder / "config.json"
        file.write_text(self.double.config())
        return str(file)

    def checkpoint_file(self):
        return str(self.folder / "checkpoint.txt")


@dataclasses.dataclass
class Outcome:
    code: int
    seconds: float
    peak_mib: float
    messages: str


def environment():
    """The secret, under the names that hosts and the component's own command line use; and our tools first."""
    return os.environ | {
        "DEFENDER_CLIENT_SECRET": "double-secret",
        "DEFENDER_SOURCE_CLIENT_SECRET": "double-secret",
        "PATH": f"{TOOLS / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }


def run(command, out, timeout=300):
    """Runs a command with its output in a file. The memory is the most that one of its processes had."""
    messages = out.with_suffix(".err")
    with open(out, "wb") as stdout, open(messages, "wb") as stderr:
        started = time.monotonic()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=environment())
        deadline = started + timeout
        while True:
            done, status, usage = os.wait4(child.pid, os.WNOHANG)
            if done:
                break
            if time.monotonic() > deadline:
                child.kill()
            time.sleep(0.005)
        seconds = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    return Outcome(child.returncode, seconds, usage.ru_maxrss / 1024, messages.read_text(errors="replace"))


def run_until_killed(command, out, lines):
    """Runs a command and kills it, without a warning, as soon as it has put out so many lines."""
    with open(out, "wb") as kept, open(out.with_suffix(".err"), "wb") as stderr:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, env=environment()
        )
        for _, line in zip(range(lines), child.stdout):
            kept.write(line)
        child.kill()
        # What it had put out already has arrived.
        kept.write(child.stdout.read())
        child.stdout.close()
        return child.wait()


def locked(crate):
    """The version of a crate that this checkout is built with."""
    return (ROOT / "Cargo.lock").read_text().split(f'name = "{crate}"\nversion = "')[1].split('"')[0]


def said(*command):
    """The first line that a program says; nothing if it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip().splitlines()[0]
