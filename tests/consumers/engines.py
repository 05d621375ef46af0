"""Programs and databases that take events by the recipes of docs/loading.md: Tenzir, and Parquet with its readers.

Each reader is a function of a version, a class and events, and gives the complaints.
"""

import contextlib
import json
import os
import pathlib
import re
import runpy
import subprocess
import tempfile

import duckdb
import polars
import pyarrow.parquet
from libraries import lost

TENZIR = os.environ.get("TENZIR", "tenzir")
RECIPES = pathlib.Path(os.environ.get("RECIPES", "."))
FOLDER = pathlib.Path(os.environ.get("FOLDER", "."))


def write(folder, events):
    """The file that every recipe reads."""
    text = "".join(json.dumps(event) + "\n" for event in events)
    (folder / "events.ndjson").write_text(text, encoding="utf-8")


def name(body):
    """What tells an event from all others of a version."""
    return json.dumps([body["metadata"].get(member) for member in ("uid", "correlation_uid", "sequence")])


def tenzir(events, recipe):
    """A pipeline, and what became of the events."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write(folder, events)
        (folder / "recipe.tql").write_text(recipe, encoding="utf-8")
        # Nothing of the machine's own configuration.
        environment = {"HOME": str(folder), "PATH": os.environ["PATH"]}
        command = [TENZIR, "--bare-mode", "--state-directory", str(folder / "state"), "-f", "recipe.tql"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    complaints = set(re.findall(r"^(?:warning|error): (.*)", done.stderr, re.MULTILINE))
    if done.returncode != 0:
        complaints.add(f"exit code {done.returncode}")
    read = {name(body): body for body in map(json.loads, done.stdout.splitlines())}
    for event in events:
        complaints |= {f"lost {member}" for member in lost({"body": event["body"]}, {"body": read.get(name(event["body"]))})}
    return complaints


def cast(_version, _class_uid, events):
    """The recipe, which ends with `ocsf_cast`."""
    return tenzir(events, (RECIPES / "tenzir").read_text(encoding="utf-8"))


def derive(_version, _class_uid, events):
    """`ocsf_derive` behind it."""
    recipe = (RECIPES / "tenzir").read_text(encoding="utf-8")
    assert "ocsf_cast\n" in recipe
    return tenzir(events, recipe.replace("ocsf_cast\n", "ocsf_cast\nocsf_derive\n"))


def parquet(_version, class_uid, events):
    """The recipe in one folder for all versions, so that all files of a kind have to go together."""
    write(FOLDER, events)
    try:
        with contextlib.chdir(FOLDER):
            runpy.run_path(str(RECIPES / "parquet"))
    except (KeyError, AttributeError, TypeError, pyarrow.ArrowException) as error:
        return {f"{type(error).__name__}: {error}"}
    complaints = set()
    rows = 0
    for folder in FOLDER.glob(f"parquet/*.{class_uid}"):
        files = sorted(folder.glob("*.parquet"))
        schemas = {str(pyarrow.parquet.read_schema(file)) for file in files}
        if len(schemas) != 1:
            complaints.add(f"{len(schemas)} schemas of {folder.name}")
        # Without `union_by_name` and its like: as if they were one file.
        of_duckdb = duckdb.sql(f"SELECT * FROM read_parquet('{folder}/*.parquet')").to_arrow_table()
        of_polars = polars.read_parquet(files)
        if of_duckdb.num_rows != of_polars.height:
            complaints.add(f"{of_duckdb.num_rows} rows by DuckDB, {of_polars.height} by polars")
        newest = {event["run"] for event in events}
        read = of_polars.filter(polars.col("run").is_in(newest))
        rows += read.height
        told = {(event["run"], event["seq"]): event["body"] for event in events}
        for row in read.iter_rows(named=True):
            body = told[row["run"], row["seq"]]
            complaints |= {f"lost {member}" for member in lost({**body, "unmapped": ""}, {**row["body"], "unmapped": ""})}
    if rows != len(events):
        complaints.add(f"{rows} rows of {len(events)} events")
    return complaints
