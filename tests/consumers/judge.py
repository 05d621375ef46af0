"""Gives events to everything that reads OCSF, and says what each of them makes of every class.

`python judge.py FOLDER`: in the folder is a file of events for each version, `<version>.ndjson`. Prints the table of
docs/consumers.md. The exit code is 1 if there is a complaint that is no known fault of the consumer, or a known fault that
nobody complains of.
"""

import collections
import importlib.metadata
import json
import pathlib
import re
import subprocess
import sys

import engines
import libraries
from faults import FAULTS

# In the order of the columns; those that do not come have none.
CLASSES = [5001, 5003, 5020, 5021, 2002, 2003, 2007, 0]


def package(*names):
    return ", ".join(importlib.metadata.version(name) for name in names)


def tenzir_version():
    said = subprocess.run([engines.TENZIR, "version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"\d+\.\d+\.\d+", said)[0]


CONSUMERS = [
    ("ocsf-json-schema with jsonschema", lambda: package("ocsf-json-schema", "jsonschema"), libraries.json_schema),
    ("Tenzir, `ocsf_cast`", tenzir_version, engines.cast),
    ("Tenzir, `ocsf_derive`", tenzir_version, engines.derive),
    ("Parquet by pyarrow, read by DuckDB and Polars", lambda: package("pyarrow", "duckdb", "polars"), engines.parquet),
    ("py-ocsf-models", lambda: package("py-ocsf-models"), libraries.prowler),
    ("pydantic-ocsf", lambda: package("pydantic-ocsf"), libraries.pydantic),
]


def events(file):
    """The OCSF events of a file by class. Runs of one version are not those of another."""
    found = collections.defaultdict(list)
    with file.open(encoding="utf-8") as lines:
        for event in map(json.loads, lines):
            if event["schema"].startswith("ocsf/"):
                event["run"] += f"-{file.stem}"
                found[event["body"]["class_uid"]].append(event)
    return found


def main(folder):
    files = sorted(folder.glob("*.ndjson"), key=lambda file: [int(part) for part in file.stem.split(".")])
    tenants = {file.stem: events(file) for file in files}
    classes = [class_uid for class_uid in CLASSES if any(class_uid in by_class for by_class in tenants.values())]
    assert all(by_class.keys() == set(classes) for by_class in tenants.values()), "a version lacks a class, or one is new"
    seen, wrong = set(), []
    print("| consumer | version | of OCSF | " + " | ".join(map(str, classes)) + " |")
    print("|" + "---|" * (3 + len(classes)))
    for name, version, reader in CONSUMERS:
        cells, read = [], set()
        for class_uid in classes:
            known, is_read = set(), False
            for of_ocsf, by_class in tenants.items():
                complaints = reader(of_ocsf, class_uid, by_class[class_uid])
                if complaints is None:
                    continue
                is_read = True
                read.add(of_ocsf)
                for complaint in sorted(complaints):
                    covering = [number for number, fault in enumerate(FAULTS, 1) if fault.covers(name, complaint)]
                    known.update(covering)
                    if not covering:
                        wrong.append(f"{name}, {of_ocsf}, class {class_uid}: {complaint}")
            seen |= known
            numbers = ", ".join(map(str, sorted(known)))
            cells.append("–" if not is_read else f"fault {numbers}" if known else "ok")
        ends = [of_ocsf for of_ocsf in tenants if of_ocsf in read]
        print(f"| {name} | {version()} | {ends[0]} to {ends[-1]} | " + " | ".join(cells) + " |", flush=True)
    print()
    for number, fault in enumerate(FAULTS, 1):
        print(f"{number}. {fault.consumer} {fault.about}.")
        if number not in seen:
            wrong.append(f"nobody complains of fault {number} any more: {fault.complaint}")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
