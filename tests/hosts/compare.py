"""Runs the one component on every host, against the double, and holds the events of each to those of the first.

    python3 tests/hosts/compare.py [--component FILE] [--source-host FILE] [--required]

Prints a table of the runs and what else was seen, and keeps it in `target/hosts/report.md`. Ends with 1 if anything
differs. A host that is not installed (`tests/hosts/install` does that) is skipped by name, or with `--required` a
failure.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tomllib

import job as jobs
import pipelines
import truth
from double import BY_PORTIONS, LARGE, Double
from engines import HOSTS, bundled, jco_run, jco_session, python_session, rust
from same import Events, first_difference

# What a host has to come through with the same events.
FAULTS, BROKEN = (pathlib.Path(__file__).with_name(name) for name in ("faults.toml", "broken.toml"))
SCENARIOS = [FAULTS, BROKEN]
# Where a run is started and killed, and where it goes on.
HANDOVERS = [(jco_session, bundled), (python_session, jco_session), (jco_session, rust)]
# Hosts that keep a position from one run to the next.
KEEPERS = [bundled, rust, jco_session, python_session]
# Some way into the run: after the small datasets, in the middle of the large one.
KILLED_AFTER = 4000


class Bench:
    """The component, the program that brings the double, and a folder for each run."""

    def __init__(self, arguments):
        self.component = arguments.component.resolve()
        self.source_host = arguments.source_host.resolve()
        self.required = arguments.required
        self.folder = jobs.TOOLS / "runs"
        self.failures = []
        self.skipped = []
        self.notes = []
        shutil.rmtree(self.folder, ignore_errors=True)

    def job(self, name, double):
        folder = self.folder / name
        folder.mkdir(parents=True)
        return jobs.Job(folder, self.component, self.source_host, double)

    def check(self, holds, message):
        if not holds:
            self.failures.append(message)
            print(f"FAILED: {message}", file=sys.stderr)
        return holds

    def note(self, line):
        """What was seen beside the table."""
        self.notes.append(f"* {line}\n")

    def missing(self, name):
        if self.required:
            self.check(False, f"{name} is not installed; run tests/hosts/install")
        elif name not in self.skipped:
            self.skipped.append(name)
            print(f"SKIPPED: {name} is not installed; tests/hosts/install does that.", file=sys.stderr)

    def version(self, host):
        return host.version(jobs.Job(self.folder, self.component, self.source_host, None))


def whole_run(bench, host, name, scenario=None):
    """One run from nothing to the end: its file, its events and what it cost."""
    with Double(bench.source_host, LARGE, scenario) as double:
        job = bench.job(f"{name}-{host.__name__.rpartition('.')[2]}", double)
        out = job.folder / "events.ndjson"
        outcome = jobs.run(host.command(job), out)
        facts = double.truth()
        account = double.finish()
    events = Events.read(out)
    who = f"{host.NAME}, {name} run"
    bench.check(outcome.code == 0, f"{who}: ended with {outcome.code}: {outcome.messages[-2000:]}")
    bench.check(account["over_quota"] == 0, f"{who}: {account['over_quota']} requests over a quota")
    wanted = faults(scenario) if scenario else 0
    bench.check(account["faults"] == wanted, f"{who}: {account['faults']} faults struck, not {wanted}")
    for mistake in truth.mistakes(events.kinds, facts, len(events.datasets)):
        bench.check(False, f"{who}: {mistake}")
    return out, events, outcome


def faults(scenario):
    """How often the faults of a scenario strike, each once where it says nothing else."""
    return sum(fault.get("times", 1) for fault in tomllib.loads(scenario.read_text())["fault"])


def hold(bench, who, reference, found, is_read_again=False):
    """Whether two runs have the same events."""
    (one, wanted), (other, events) = reference, found
    same = events.is_same_read_again_as(wanted) if is_read_again else events.is_same_as(wanted)
    if not bench.check(same, f"{who}: {len(events)} events, not the {len(wanted)} of the first host"):
        print(f"  only here: {first_difference(other, one)}", file=sys.stderr)
        print(f"  only there: {first_difference(one, other)}", file=sys.stderr)
    return same


def compare_hosts(bench):
    """The table of all hosts, and the events that all of them have."""
    reference, rows = None, []
    for host in HOSTS:
        if bench.version(host) is None:
            bench.missing(host.NAME)
            continue
        if hasattr(host, "prepare"):
            host.prepare(bench.component)
        out, events, outcome = whole_run(bench, host, "plain")
        reference = reference or (out, events)
        same = hold(bench, f"{host.NAME}, plain run", reference, (out, events))
        recovered = True
        for scenario in SCENARIOS:
            disturbed, again, _ = whole_run(bench, host, scenario.stem, scenario)
            who = f"{host.NAME}, run with {scenario.name}"
            recovered &= hold(bench, who, reference, (disturbed, again), is_read_again=scenario == BROKEN)
        version = bench.version(host)
        rows.append([
            host.NAME, version, len(events.datasets), f"{len(events):,}", yes(same), yes(recovered),
            f"{outcome.seconds:.1f} s", f"{outcome.peak_mib:.0f} MiB",
        ])
    return reference, rows


def yes(holds):
    return "yes" if holds else "**no**"


def hand_over(bench, reference, first, second):
    """A run that is killed on one host and goes on, from the position it left, on another."""
    who = f"{first.NAME}, then {second.NAME}"
    if None in (bench.version(first), bench.version(second)):
        return bench.missing(who)
    with Double(bench.source_host, LARGE) as double:
        name = "-".join(host.__name__.rpartition(".")[2] for host in (first, second))
        job = bench.job(f"handover-{name}", double)
        begun, ended = job.folder / "begun.ndjson", job.folder / "ended.ndjson"
        jobs.run_until_killed(first.command(job), begun, KILLED_AFTER)
        outcome = jobs.run(second.command(job), ended)
    bench.check(outcome.code == 0, f"{who}: ended with {outcome.code}: {outcome.messages[-2000:]}")
    before, after = Events.read(begun), Events.read(ended)
    bench.check(0 < len(after) < len(reference), f"{who}: {len(after)} events after the change of hosts")
    whole = before.unnumbered | after.unnumbered == reference.unnumbered
    bench.check(max(before.numbers) < min(after.numbers), f"{who}: an event has a number that another one had")
    repeated = len(before) + len(after) - len(reference)
    bench.check(whole, f"{who}: the parts together are not the tenant")
    bench.note(f"{who}: {len(before):,} events, then {len(after):,}; {repeated:,} of them twice; whole: {yes(whole)}")


def run_again(bench, host):
    """A second run from the position that the first left: files that are the same, changes, a portion of the users."""
    who = f"{host.NAME}, two runs"
    if bench.version(host) is None:
        return bench.missing(host.NAME)
    with Double(bench.source_host, LARGE, more=BY_PORTIONS) as double:
        job = bench.job(f"again-{host.__name__.rpartition('.')[2]}", double)
        outs = [job.folder / "first.ndjson", job.folder / "second.ndjson"]
        for out in outs:
            outcome = jobs.run(host.command(job), out)
            bench.check(outcome.code == 0, f"{who}: {out.stem} ended with {outcome.code}: {outcome.messages[-2000:]}")
    first, second = map(Events.read, outs)
    bench.check(0 < len(second) < len(first), f"{who}: {len(first)} events, then {len(second)}")
    bench.note(f"{who}: {len(first):,} events, then {len(second):,}")


def read_contract(bench):
    """An embedder's first step: types of the contract."""
    if bench.version(jco_run) is None:
        return bench.missing(jco_run.NAME)
    wrong = jco_run.read_contract(bench.folder / "types")
    bench.check(wrong is None, f"`jco types` of wit/: {wrong}")


def table(rows):
    heads = ["host", "version", "datasets", "events", "identical", "with faults", "time", "peak memory"]
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    built = jobs.ROOT / "target"
    shipped = built / "wasm32-wasip2" / "component" / "defender_source.wasm"
    parser.add_argument("--component", type=pathlib.Path, default=shipped)
    parser.add_argument("--source-host", type=pathlib.Path, default=built / "release" / "source-host")
    parser.add_argument("--required", action="store_true")
    bench = Bench(parser.parse_args())
    reference, rows = compare_hosts(bench)
    if reference is None:
        return 1 if bench.failures else 0
    read_contract(bench)
    for first, second in HANDOVERS:
        hand_over(bench, reference[1], first, second)
    for host in KEEPERS:
        run_again(bench, host)
    for pipeline in pipelines.ALL:
        pipelines.check(bench, pipeline)
    bench.note(f"{len(bench.failures)} failures, {len(bench.skipped)} skipped")
    report = f"{table(rows)}\n{''.join(bench.notes)}"
    (jobs.TOOLS / "report.md").write_text(report)
    print(report, end="")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error}\n{(error.stderr or b'')!r}")
