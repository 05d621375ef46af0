#!/usr/bin/env bash
# tenzir 6.20.0 (PyPI): `ocsf_cast` on events as the OCSF schema wants them, read by plain `read_ndjson`.
#
# - `time` is an integer of milliseconds by the schema. The cast expects the engine's own type of time and writes null;
#   it is right after `time = from_epoch(time * 1ms)`.
# - `version` of a package is a text by the schema. Where it looks like an address the reader has made one of it, and the
#   cast writes null.
# - An event that names version 1.8.1 is dropped whole, beside its twin of 1.8.0 that is kept: a patch release is unknown.
# All three are warnings; the pipeline ends with 0. One would guess that valid events pass the schema's own cast.
# Leaves with 1 if one of these is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"; "$work/venv/bin/pip" install --quiet tenzir==6.20.0
cd "$work"
event() {
    printf '{"activity_id":1,"category_uid":2,"class_uid":2002,"type_uid":200201,"severity_id":4,"time":1795075308000,'
    printf '"metadata":{"version":"%s","product":{"name":"Scanner","vendor_name":"Maker"}},"finding_info":{"uid":"f","title":"t"},' "$1"
    printf '"vulnerabilities":[{"cve":{"uid":"CVE-2026-0001"},"affected_packages":[{"name":"tool","version":"4.34.82.0"}]}]}\n'
}
{ event 1.8.0; event 1.8.1; } > events.ndjson
pick='this = {time: time, package: vulnerabilities[0].affected_packages[0].version, schema: metadata.version} | write_ndjson'
plain=$(venv/bin/tenzir "from_file \"events.ndjson\" { read_ndjson } | ocsf_cast | $pick" 2> warnings)
careful=$(venv/bin/tenzir "from_file \"events.ndjson\" { read_ndjson raw=true } | time = from_epoch(time * 1ms) | ocsf_cast | $pick" 2>> warnings)
printf 'plain:   %s\ncareful: %s\n' "$plain" "$careful"; cat warnings
[ "$plain" = '{"time":null,"package":null,"schema":"1.8.0"}' ] &&
    [ "$careful" = '{"time":"2026-11-19T08:01:48Z","package":"4.34.82.0","schema":"1.8.0"}' ]
