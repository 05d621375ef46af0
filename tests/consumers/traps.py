"""The traps of docs/loading.md, stepped into: each has to be there in the versions that the page names.

`python traps.py` in a folder with `events.ndjson`; `TENZIR` is the program. Exit code 1 if a trap is gone: then its row goes.
"""

import json
import os
import subprocess
import sys

import chdb
import duckdb
import polars
import pyarrow
import pyarrow.json

with open("events.ndjson", encoding="utf-8") as lines:
    EVENTS = [json.loads(line) for line in lines]


def by_tenzir(pipeline):
    """What comes out of a pipeline, and its messages."""
    with open("trap.tql", "w", encoding="utf-8") as file:
        file.write(pipeline + "\nwrite_ndjson\n")
    command = [os.environ["TENZIR"], "--bare-mode", "--state-directory", os.path.abspath("state"), "-f", "trap.tql"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def tenzir_guesses_addresses_and_times():
    bodies = (event["body"] for event in EVENTS)
    body = next(body for body in bodies if "original_time" in body.get("metadata", {}) and "device" in body)
    # Versions like this one exist, but not in every tenant.
    event = {"body": {**body, "device": {"os": {"version": "4.34.82.0"}}}}
    with open("one.ndjson", "w", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")
    asked = "select version = type_kind(body.device.os.version), time = type_kind(body.metadata.original_time)"
    (guessed,), _ = by_tenzir(f'from_file "one.ndjson" {{ read_ndjson }}\n{asked}')
    (raw,), _ = by_tenzir(f'from_file "one.ndjson" {{ read_ndjson raw=true }}\n{asked}')
    return guessed == {"version": "ip", "time": "time"} and raw == {"version": "string", "time": "string"}


def tenzir_makes_numbers_null():
    cast = 'where schema.starts_with("ocsf/")\nthis = body\nocsf_cast\nselect time'
    rows, messages = by_tenzir(f'from_file "events.ndjson" {{ read_ndjson raw=true }}\n{cast}')
    return {row["time"] for row in rows} == {None} and messages.count("expected type `time` for `time`") < len(rows)


def duckdb_guesses():
    ((kind,),) = duckdb.sql("SELECT typeof(body) FROM read_json('events.ndjson') LIMIT 1").fetchall()
    return "tenant_uid UUID" in kind


def types(kind):
    """All types within a type of Arrow."""
    if pyarrow.types.is_struct(kind):
        return set().union(*(types(field.type) for field in kind))
    return types(kind.value_type) if pyarrow.types.is_list(kind) else {str(kind)}


def pyarrow_guesses():
    options = pyarrow.json.ReadOptions(block_size=1 << 26)
    found = types(pyarrow.json.read_json("events.ndjson", read_options=options).schema.field("body").type)
    return {"timestamp[s]", "null"} <= found


def clickhouse_guesses():
    paths = "SELECT arrayJoin(mapValues(JSONAllPathsWithTypes(body))) AS kind FROM file('events.ndjson', JSONEachRow, 'body JSON')"
    asked = f"SELECT DISTINCT kind FROM ({paths}) WHERE kind LIKE 'DateTime%' ORDER BY 1"
    off = " SETTINGS input_format_try_infer_dates = 0, input_format_try_infer_datetimes = 0"
    return len(str(chdb.query(asked, "CSV")).split()) > 0 and not str(chdb.query(asked + off, "CSV")).split()


def polars_leaves_out_what_is_late():
    # Devices are read first.
    events = sorted(EVENTS, key=lambda event: event["kind"] != "device")
    with open("sorted.ndjson", "w", encoding="utf-8") as file:
        file.writelines(json.dumps(event) + "\n" for event in (events[:1] * 100 + events))
    body = polars.read_ndjson("sorted.ndjson").schema["body"]
    return "vulnerabilities" not in [field.name for field in body.fields]


def polars_writes_no_json():
    bodies = polars.read_ndjson("events.ndjson", schema={"kind": polars.String, "body": polars.String})

    def is_json(text):
        try:
            return bool(json.loads(text))
        except json.JSONDecodeError:
            return False

    broken = [body for body in bodies["body"] if not is_json(body)]
    times = bodies.filter(polars.col("kind") != "snapshot")["body"].str.json_path_match("$.time")
    return bool(broken) and times.null_count() > 0


TRAPS = [
    tenzir_guesses_addresses_and_times,
    tenzir_makes_numbers_null,
    duckdb_guesses,
    pyarrow_guesses,
    clickhouse_guesses,
    polars_leaves_out_what_is_late,
    polars_writes_no_json,
]

if __name__ == "__main__":
    gone = [trap.__name__ for trap in TRAPS if not trap()]
    print(f"no trap any more: {', '.join(gone)}" if gone else f"{len(TRAPS)} traps")
    sys.exit(1 if gone else 0)
