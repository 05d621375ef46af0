#!/usr/bin/env bash
# ocsf-json-schema 1.2.0 with jsonschema 4.26.0 (PyPI), OCSF 1.8.0: the JSON Schema of a class accepts events whose members
# contradict each other.
#
# Accepted without an error: a `type_uid` of another activity than `activity_id`; captions that are not those of the numbers
# beside them (`severity` "Fatal" with 1, any `activity_name`); a `metadata.version` of another release; an observable whose
# name leads to no attribute of the event, which OCSF's own validator calls an error. Refused, as one would guess: a number
# that the enumeration lacks, a member that the class lacks, a device without any of its identifiers.
# One would guess that "valid by the JSON Schema of OCSF" means what the schema server's validator means; the relations
# between members need checks of one's own.
# Leaves with 1 if one of these is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"; "$work/venv/bin/pip" install --quiet ocsf-json-schema==1.2.0 jsonschema==4.26.0
"$work/venv/bin/python" - <<'P'
import sys
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

schema = Draft202012Validator(OcsfJsonSchemaEmbedded(get_ocsf_schema("1.8.0")).get_class_schema("inventory_info"))
product = {"name": "Inventory", "vendor_name": "Maker"}
event = {"activity_id": 1, "category_uid": 5, "class_uid": 5001, "type_uid": 500101, "severity_id": 1, "time": 1795075308000,
         "metadata": {"version": "1.8.0", "product": product}, "device": {"uid": "d1", "type_id": 1}}
accepted = {
    "as it should be": {},
    "type_uid of another activity": {"type_uid": 500102},
    "severity says Fatal, its number Informational": {"severity": "Fatal"},
    "activity_name of no activity": {"activity_name": "Nonsense"},
    "metadata.version of another release": {"metadata": {"version": "1.1.0", "product": product}},
    "observable that leads nowhere": {"observables": [{"name": "nowhere.at_all", "type_id": 1, "value": "x"}]},
}
refused = {
    "activity_id 77": {"activity_id": 77},
    "a member of no class": {"colour": "red"},
    "a device without identifiers": {"device": {"type_id": 1}},
}
as_stated = True
for expected, cases in ((True, accepted), (False, refused)):
    for words, change in cases.items():
        valid = schema.is_valid(event | change)
        print("accepted" if valid else "refused ", words)
        as_stated &= valid == expected
sys.exit(0 if as_stated else 1)
P
