#!/usr/bin/env bash
# pydantic-ocsf 3.0.0 (PyPI), models of OCSF 1.7.0: a valid Device Inventory Info event is refused.
#
# - `device.type_id` may only be 0 or 99 in the models, the two values of the general endpoint object; the schema's device
#   has 1 (Server), 2 (Desktop) and so on. Any event with a device of a known kind raises a ValidationError.
# - The same event with 0 is accepted and comes back with members that were not in it: `activity_name`, `severity` and
#   others are derived from the numbers when the model is built.
# One would guess that models generated from the schema accept what the schema accepts.
# Leaves with 1 if one of these is not so any more.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"; "$work/venv/bin/pip" install --quiet pydantic-ocsf==3.0.0
"$work/venv/bin/python" - <<'P'
import sys
from ocsf.v1_7_0.events import InventoryInfo

def event(kind):
    return {"activity_id": 1, "category_uid": 5, "class_uid": 5001, "type_uid": 500101, "severity_id": 1, "time": 1795075308000,
            "metadata": {"version": "1.7.0", "product": {"name": "Inventory", "vendor_name": "Maker"}},
            "device": {"uid": "d1", "hostname": "host", "type_id": kind}}

def built(model, members):
    try:
        return model(**members).model_dump(exclude_none=True)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"

refused = {kind: built(InventoryInfo, event(kind)) for kind in (1, 2, 6)}
accepted = built(InventoryInfo, event(0))
print("device.type_id 1, 2, 6:", *refused.values(), sep="\n  ")
print("device.type_id 0:", accepted)
as_stated = (all("Input should be 0 or 99" in str(answer) for answer in refused.values())
             and isinstance(accepted, dict) and accepted.get("severity") == "Informational" and "activity_name" in accepted)
sys.exit(0 if as_stated else 1)
P
