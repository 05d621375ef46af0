"""What a whole run costs: builds of `source-host` and Tenzir in turn, on the rows of one double.

    cargo build --release
    python3 host-test/benches/whole/compare.py --old OTHER/target/release/source-host
    python3 host-test/benches/whole/compare.py --growth

A run is a process from its start to its end: an export of vulnerabilities in gzip files over loopback, OCSF events into a
file, the position stored. What it takes is told by the system (`wait4`): time of the processor in the program and in the
kernel, time by the clock, most memory. Runs alternate (A B C A B C), and the table has the medians. Time of the processor
bears other work on the machine, time by the clock does not, so the load is told as well.

Each round has a double of its own, as the service allows so many exports an hour and no more.

Tenzir maps the same rows to the same members (`pipeline.tql`). It has no way to the service, so the rows lie unpacked in a
file that is made before. It comes from PyPI into `target/hosts/tenzir`, as `tests/hosts/install` does it, unless it is there
already; `--without-tenzir` leaves it out.

Linux with Python 3.11 or newer; takes 5 GiB of disk, or 10 for the growth.
"""

import argparse
import dataclasses
import gzip
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time
import tomllib
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "hosts"))

from double import CLIENT_SECRET, Double  # noqa: E402

WORK = ROOT / "target" / "whole"
TENZIR = ROOT / "target" / "hosts" / "tenzir"
TENZIR_VERSION = "6.20.0"
ONLY_FINDINGS = """
[source.config.datasets]
devices = { enabled = false }
device_users = { enabled = false }
software = { enabled = false }
recommendations = { enabled = false }
vulnerabilities = { strategy = "files" }

[sink]
type = "file"
path = "events.ndjson"
"""
# The least share of events that all have to make: a build may tell of something else beside the findings.
ALIKE = 0.999
GROWTH = [(1_000, 20), (10_000, 20), (100_000, 20)]


@dataclasses.dataclass
class Cost:
    """What one run took: seconds and MiB."""

    program: float
    kernel: float
    clock: float
    memory: float
    events: int
    # The component's linear memory in MiB; nothing where there is no component.
    linear: float | None

    @property
    def processor(self):
        return self.program + self.kernel


def measure(command, folder):
    """Runs a command in a folder whose `events.ndjson` it makes."""
    events = folder / "events.ndjson"
    for left in folder.glob("*state*"):
        left.unlink()
    events.unlink(missing_ok=True)
    # What an earlier run left to be written is not this one's.
    os.sync()
    variables = os.environ | {"DEFENDER_CLIENT_SECRET": CLIENT_SECRET}
    started = time.monotonic()
    child = subprocess.Popen(
        command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    messages = child.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(child.pid, 0)
    clock = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode:
        raise SystemExit(f"{command[0]} ended with {child.returncode}: {messages}")
    linear = re.search(r"peak memory of the component ([\d.]+) MiB", messages)
    cost = Cost(
        usage.ru_utime, usage.ru_stime, clock, usage.ru_maxrss / 1024, lines(events), linear and float(linear[1])
    )
    events.unlink()
    return cost


def lines(path):
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def tenant(source_host, devices, findings):
    """A double whose day stands still."""
    double = Double(source_host, ["--devices", str(devices), "--findings-per-device", str(findings)])
    double.options = ["--seed", "1", "--day", "332"] + double.options[4:]
    return double


def folder_for(name, double):
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config, rest = double.toml.split("[source.secrets]")
    datasets, sink = ONLY_FINDINGS.split("[sink]")
    (folder / "c.toml").write_text(f"{config}{datasets}\n[source.secrets]{rest}\n[sink]{sink}")
    return folder


def fetch(double, path):
    """Writes the rows of the export, unpacked, into a file; says how many bytes they are."""
    config = tomllib.loads(double.toml)["source"]["config"]
    origin = config["endpoints"]["defender"]
    form = {
        "grant_type": "client_credentials", "client_id": config["client_id"], "client_secret": CLIENT_SECRET,
        "scope": "https://api.securitycenter.microsoft.com/.default",
    }
    address = f"{config['endpoints']['login']}/{config['tenant_id']}/oauth2/v2.0/token"
    with urllib.request.urlopen(address, urllib.parse.urlencode(form).encode()) as answer:
        token = json.load(answer)["access_token"]
    request = urllib.request.Request(f"{origin}/api/machines/SoftwareVulnerabilitiesExport")
    request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request) as answer:
        files = json.load(answer)["exportFiles"]
    blob = config["endpoints"]["blob"]
    with open(path, "wb") as rows:
        for file in files:
            # The double gives the addresses that the service would give.
            parts = urllib.parse.urlsplit(file)
            with urllib.request.urlopen(f"{blob}{parts.path}?{parts.query}") as answer:
                with gzip.open(answer) as unpacked:
                    shutil.copyfileobj(unpacked, rows, 1 << 20)
    return len(files), path.stat().st_size


def tenzir():
    """Where Tenzir is; installed if it is not there yet."""
    program = TENZIR / "bin" / "tenzir"
    if not program.exists():
        print(f"installing Tenzir {TENZIR_VERSION}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", TENZIR], check=True)
        subprocess.run([TENZIR / "bin" / "pip", "install", "--quiet", f"tenzir=={TENZIR_VERSION}"], check=True)
    return program


def compare(arguments):
    new = arguments.new.resolve()
    builds = {"this build": new} | ({arguments.name: arguments.old.resolve()} if arguments.old else {})
    costs = {}
    for number in range(arguments.rounds):
        with tenant(new, arguments.devices, arguments.findings) as double:
            contenders = {}
            for place, (name, program) in enumerate(builds.items()):
                folder = folder_for(f"build-{place}", double)
                command = [program, "run", "--once", "--config", "c.toml"]
                contenders[name] = (command, folder)
                if number == 0:
                    # Compiles the component for the cache, and says whether the run is one.
                    measure(command, folder)
            if not arguments.without_tenzir:
                program = tenzir()
                folder = folder_for("tenzir", double)
                files, size = fetch(double, folder / "rows.ndjson")
                if number == 0:
                    print(f"{size / 2**20:.0f} MiB of rows in {files} files", flush=True)
                shutil.copy(pathlib.Path(__file__).with_name("pipeline.tql"), folder)
                contenders[f"Tenzir {TENZIR_VERSION}"] = ([program, "-f", "pipeline.tql"], folder)
            for name, (command, folder) in contenders.items():
                load = os.getloadavg()[0]
                cost = measure(command, folder)
                costs.setdefault(name, []).append(cost)
                print(
                    f"round {number + 1}: {name}: {cost.processor:.2f} s of processor time, {cost.clock:.2f} s by the "
                    f"clock, {cost.memory:.0f} MiB, {cost.events:,} events; load before {load:.1f}",
                    flush=True,
                )
    report(costs)


def report(costs):
    def middle(name, of):
        return statistics.median(of(cost) for cost in costs[name])

    first = next(iter(costs))
    print("\n| | processor | in the kernel | by the clock | memory | linear memory | processor: this build to it | clock |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name in costs:
        processor, clock = (lambda cost: cost.processor), (lambda cost: cost.clock)
        linear = costs[name][0].linear
        print(
            f"| {name} | {middle(name, processor):.2f} s | {middle(name, lambda cost: cost.kernel):.2f} s "
            f"| {middle(name, clock):.2f} s | {middle(name, lambda cost: cost.memory):.0f} MiB "
            f"| {f'{linear:.1f} MiB' if linear else '–'} "
            f"| {middle(first, processor) / middle(name, processor):.2f} | {middle(first, clock) / middle(name, clock):.2f} |"
        )
    events = [cost.events for all_of_one in costs.values() for cost in all_of_one]
    if min(events) < ALIKE * max(events):
        raise SystemExit(f"they made different numbers of events, from {min(events):,} to {max(events):,}")


def growth(arguments):
    new = arguments.new.resolve()
    print("| devices | findings | processor | by the clock | per finding | memory | linear memory |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for devices, findings in GROWTH:
        with tenant(new, devices, findings) as double:
            folder = folder_for("growth", double)
            command = [new, "run", "--once", "--config", "c.toml"]
            # A short run is measured more often than a long one.
            rounds = max(1, min(10, arguments.rounds * 10_000 // devices))
            costs = [measure(command, folder) for _ in range(rounds)]
        events = costs[0].events
        processor = statistics.median(cost.processor for cost in costs)
        clock = statistics.median(cost.clock for cost in costs)
        print(
            f"| {devices:,} | {events:,} | {processor:.2f} s | {clock:.2f} s | {processor / events * 1e6:.1f} µs "
            f"| {max(cost.memory for cost in costs):.0f} MiB | {costs[0].linear:.1f} MiB |",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--new", type=pathlib.Path, default=ROOT / "target" / "release" / "source-host")
    parser.add_argument("--old", type=pathlib.Path, help="another build of source-host to compare with")
    parser.add_argument("--name", default="other build", help="what to call it")
    parser.add_argument("--devices", type=int, default=4_000)
    parser.add_argument("--findings", type=int, default=100, help="of each device")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without-tenzir", action="store_true")
    parser.add_argument("--growth", action="store_true", help="a tenant of three sizes instead")
    arguments = parser.parse_args()
    if not arguments.new.exists():
        raise SystemExit(f"{arguments.new} is not there; build it with `cargo build --release`")
    (growth if arguments.growth else compare)(arguments)


if __name__ == "__main__":
    main()
