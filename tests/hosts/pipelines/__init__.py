"""Pipelines that start the source as a program: a file each.

A pipeline has a `NAME`; `version()`, or nothing where it is not installed; `command(folder, config)`, its command line,
its variables and the file for its output, if it is one; and `events(folder)`, what has arrived so far as pairs of the
kind that the pipeline parsed and the line itself.
"""

import os
import signal
import subprocess
import time

import truth
from double import SMALL, Double
from job import environment
from same import Events

from . import fluent_bit, rsyslog, syslog_ng

ALL = [syslog_ng, fluent_bit, rsyslog]
# Longest wait for the first and for each further event.
PATIENCE = 60
# Nothing may come after the last event for so long.
QUIET = 3


def check(bench, pipeline):
    """Runs it until every event has arrived, and holds what the pipeline made of them to the truth."""
    version = pipeline.version()
    if version is None:
        return bench.missing(pipeline.NAME)
    with Double(bench.source_host, SMALL) as double:
        job = bench.job(f"pipeline-{pipeline.NAME.replace(' ', '-').lower()}", double)
        # The agent finds the program on its path, as it would elsewhere.
        (job.folder / "bin").mkdir()
        (job.folder / "bin" / "source-host").symlink_to(bench.source_host)
        config = job.folder / "defender.toml"
        config.write_text(f"{double.toml}\n[schedule]\ninterval_secs = 43200\n")
        facts = double.truth()
        started = time.monotonic()
        command, variables, out = pipeline.command(job.folder, config)
        process = start(command, job.folder, out, **variables)
        try:
            arrived = wait(pipeline, job.folder, process, facts)
        finally:
            stop(process)
        seconds = time.monotonic() - started - QUIET
    events = Events()
    for line in (line for _, line in arrived):
        events.add(line)
    parsed = {}
    for kind, _ in arrived:
        parsed[kind] = parsed.get(kind, 0) + 1
    who = f"{pipeline.NAME} {version}"
    for mistake in truth.mistakes(parsed, facts, len(events.datasets)):
        bench.check(False, f"{who}: {mistake}")
    bench.check(parsed == events.kinds, f"{who}: kinds as parsed {parsed}, as written {events.kinds}")
    bench.check(len(events.datasets) > 0, f"{who}: no dataset came to its end")
    bench.note(f"{who}: {len(events):,} events of {len(events.datasets)} datasets in {seconds:.1f} s, as the truth has them")


def wait(pipeline, folder, process, facts):
    """Waits until as many events have arrived as there have to be, and a little longer."""
    arrived, changed = [], time.monotonic()
    while True:
        found = pipeline.events(folder)
        if len(found) != len(arrived):
            arrived, changed = found, time.monotonic()
        ended = sum(1 for _, line in arrived if b'"op":"snapshot_end"' in line)
        idle = time.monotonic() - changed
        enough = ended > 0 and len(arrived) >= sum(truth.expected(facts, ended).values())
        if process.poll() is not None or idle > (QUIET if enough else PATIENCE):
            return arrived
        time.sleep(0.25)


def start(command, folder, out=None, **variables):
    """Starts an agent in a folder and in a process group of its own, with `source-host` on its path."""
    path = f"{folder / 'bin'}{os.pathsep}{environment()['PATH']}"
    with open(out or os.devnull, "wb") as stdout, open(folder / "messages.txt", "wb") as messages:
        return subprocess.Popen(
            command, cwd=folder, env=environment() | variables | {"PATH": path}, stdin=subprocess.DEVNULL,
            stdout=stdout, stderr=messages, start_new_session=True,
        )


def stop(process):
    """Asks it to end, and then ends what is left of its group: the source may be in its wait between runs."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
