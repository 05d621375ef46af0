#!/usr/bin/env python3
"""Compares two builds of source-host by what a run with an inventory costs, or measures one.

    python3 host-test/benches/inventory/compare.py PROGRAM_A [PROGRAM_B] [--devices 1000,10000] [--rounds 3]
    python3 host-test/benches/inventory/compare.py PROGRAM --devices 1000,10000,100000 --rounds 1 --discard

Each size is read from a double of its own on loopback. A round is A, then B: each starts with no inventory (first run)
and runs again over the same tenant (unchanged). Both take turns at everything, so that whatever else the machine does
hits both. Processor time and memory are those of the program alone, as the system counts them; clock time includes the
double, which is asked over the network and needs processors of its own. Medians over the rounds are printed, and of clock
time the best round too: on a machine that has other things to do it is the nearest to the truth. The exit status is 1 if
both builds do not agree on what they deliver. With `--discard` the events go to /dev/null: those of 100,000 devices
would be 30 GB, and the inventory alone is what is looked at.
"""

import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = ["first", "unchanged"]
# A tenant whose quotas never make a run wait.
SCENARIO = "\n".join(
    f"[quotas.{api}]\nper_minute = 100000000\nper_hour = 1000000000\n" for api in ("machines", "graph-hunting")
)


def double(program, devices, findings, scenario):
    """Starts a double; its process, and the configuration that it asks for."""
    options = ["--seed", "7", "--day", "3", "--devices", str(devices), "--findings-per-device", str(findings)]
    listen = ["--listen", "127.0.0.1:0", "--listen-files", "127.0.0.1:0"]
    if scenario:
        options += ["--scenario", str(scenario)]
    process = subprocess.Popen(
        [program, "double", *options, *listen], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    greeting = ""
    while "Ctrl-C" not in greeting:
        line = process.stderr.readline()
        if not line:
            raise RuntimeError(f"the double ended early: {greeting}")
        greeting += line
    return process, greeting.split("\n\n")[1]


def run(program, folder, datasets):
    """One run; clock seconds, processor seconds, peak memory in MiB, rows received, events delivered."""
    (folder / "out.ndjson").unlink(missing_ok=True)
    started = time.monotonic()
    # Without a position everything is read again; the inventory keeps what it knows.
    command = [program, "run", "--config", folder / "c.toml", "--once", "--reset-state", "--datasets", datasets]
    process = subprocess.Popen(
        command, cwd=folder, env=os.environ | {"DEFENDER_CLIENT_SECRET": "double-secret"},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    log = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    clock = time.monotonic() - started
    if status != 0:
        raise RuntimeError(f"{program} failed: {log}")
    account = re.search(r"inventory: (\d+) new, (\d+) changed, (\d+) unchanged, (\d+) merged", log)
    rows = sum(map(int, account.groups()))
    delivered = int(re.search(r"(\d+) events in \d+ batches", log)[1])
    return {
        "clock": clock, "core": used.ru_utime + used.ru_stime, "mib": used.ru_maxrss / 1024, "rows": rows,
        "delivered": delivered,
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("programs", nargs="+", metavar="PROGRAM")
    arguments.add_argument("--devices", default="1000,10000")
    arguments.add_argument("--findings-per-device", type=int, default=100)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--datasets", default="devices,software,vulnerabilities")
    arguments.add_argument("--discard", action="store_true", help="events go to /dev/null")
    arguments.add_argument("--folder", default=None, help="where files go; the system's temporary folder by default")
    arguments = arguments.parse_args()
    programs = {build: str(Path(program).resolve()) for build, program in zip("AB", arguments.programs)}
    sink = "/dev/null" if arguments.discard else "out.ndjson"
    agreed = True
    print("| devices | run | build | rows | rows/s | rows/s, least disturbed | µs of a core per row | peak MiB |")
    print("|---:|---|---|---:|---:|---:|---:|---:|")
    for devices in map(int, arguments.devices.split(",")):
        scenario = Path(tempfile.mkdtemp(dir=arguments.folder)) / "scenario.toml"
        scenario.write_text(SCENARIO)
        process, toml = double(programs["A"], devices, arguments.findings_per_device, scenario)
        try:
            results = {(build, kind): [] for build in programs for kind in RUNS}
            for _ in range(arguments.rounds):
                for build, program in programs.items():
                    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
                        folder = Path(folder)
                        state = f'\n[state]\ninventory = true\npath = "inventory.db"\n[sink]\npath = "{sink}"\n'
                        (folder / "c.toml").write_text(toml + state)
                        for kind in RUNS:
                            results[build, kind].append(run(program, folder, arguments.datasets))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
            shutil.rmtree(scenario.parent)
        for kind in RUNS:
            middle = {}
            for build in programs:
                measured = results[build, kind]
                of = lambda member: statistics.median(one[member] for one in measured)
                rows, clock, core = of("rows"), of("clock"), of("core")
                least = min(one["clock"] for one in measured)
                middle[build] = (rows / least, core / rows)
                print(
                    f"| {devices:,} | {kind} | {build} | {rows:,.0f} | {rows / clock:,.0f} | {rows / least:,.0f} "
                    f"| {core / rows * 1e6:.1f} "
                    f"| {max(one['mib'] for one in measured):.0f} |",
                    flush=True,
                )
            if "B" in middle:
                faster = middle["B"][0] / middle["A"][0]
                cheaper = middle["A"][1] / middle["B"][1]
                print(f"| | | B/A | | | {faster:.2f} × | {cheaper:.2f} × less | |", flush=True)
            agreed &= len({(one["rows"], one["delivered"]) for build in programs for one in results[build, kind]}) == 1
    if not agreed:
        print("the builds do not agree on rows or events", file=sys.stderr)
    return 0 if agreed else 1


if __name__ == "__main__":
    sys.exit(main())
