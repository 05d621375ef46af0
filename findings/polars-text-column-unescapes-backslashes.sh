#!/usr/bin/env bash
# polars 2.1.0 (PyPI, Python 3.11): read_ndjson with a String column for a member that is an object gives the object as a text,
# as one hopes for; but a backslash in it is not escaped any more, so that the text is no JSON, and json_path_match finds nothing
# in it and says so by null.
#
# Seen, of {"b": {"p": "c:/x"}} and {"b": {"p": "c:\\x"}}:
#   a slash: {"p": "c:/x"} is JSON, json_path_match: c:/x
#   a backslash: {"p": "c:\x"} is not JSON, json_path_match: None
#
# Exits 0 if it is so, 1 if that changed. Needs python3 with pip; everything else is made in a temporary folder.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet polars==2.1.0
"$folder/python/bin/python" - <<'PYTHON'
import io
import json
import sys

import polars

found = []
for name, value in [("a slash", "c:/x"), ("a backslash", "c:\\x")]:
    line = json.dumps({"b": {"p": value}}).encode()
    frame = polars.read_ndjson(io.BytesIO(line + b"\n"), schema={"b": polars.String})
    text = frame["b"][0]
    try:
        is_json = json.loads(text) == {"p": value}
    except ValueError:
        is_json = False
    match = frame.select(polars.col("b").str.json_path_match("$.p"))["b"][0]
    print(f"{name}: {text} is {'' if is_json else 'not '}JSON, json_path_match: {match}")
    found.append((is_json, match))
sys.exit(found != [(True, "c:/x"), (False, None)])
PYTHON
