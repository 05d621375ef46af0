#!/usr/bin/env bash
# tenzir 6.20.0 (PyPI): `read_ndjson` gives a JSON text the type that it looks like, value by value.
#
# A column of version texts comes out as a mixture: "4.34.82.0" is an address, because each of its four numbers is at most
# 255, and "131.0.6778.86" stays a text. In the same way "5 m" is a duration, "2026-11-29" a time, "true" a truth value.
# Written as NDJSON again, "5 m" reads "5min" and "true" is no text any more.
# A reader of JSON would guess that a text stays a text; `read_ndjson raw=true` does that.
# Leaves with 1 if one of these is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"; "$work/venv/bin/pip" install --quiet tenzir==6.20.0
cd "$work"
printf '%s\n' '{"v":"4.34.82.0"}' '{"v":"131.0.6778.86"}' '{"v":"5 m"}' '{"v":"2026-11-29"}' '{"v":"true"}' > rows.ndjson
seen=$(venv/bin/tenzir 'from_file "rows.ndjson" { read_ndjson } | this = {v: v, kind: type_kind(v)} | write_ndjson')
raw=$(venv/bin/tenzir 'from_file "rows.ndjson" { read_ndjson raw=true } | this = {kind: type_kind(v)} | write_ndjson')
printf 'as it comes:\n%s\nraw:\n%s\n' "$seen" "$raw"
expected='{"v":"4.34.82.0","kind":"ip"}
{"v":"131.0.6778.86","kind":"string"}
{"v":"5min","kind":"duration"}
{"v":"2026-11-29T00:00:00Z","kind":"time"}
{"v":true,"kind":"bool"}'
[ "$seen" = "$expected" ] && [ "$(sort -u <<< "$raw")" = '{"kind":"string"}' ]
