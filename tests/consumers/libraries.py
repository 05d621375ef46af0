"""Libraries that take an event as a value: a validator, and models of OCSF.

Each reader is a function of a version, a class and events, and gives the complaints; nothing where it knows no such class.
"""

import functools
import importlib
import json

import ocsf
import ocsf_json_schema
from jsonschema.validators import validator_for
from py_ocsf_models.events.findings.application_security_posture_finding import ApplicationSecurityPostureFinding
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from pydantic import ValidationError
from pydantic.errors import PydanticUserError


def path(location):
    """Where in an event something is; elements of lists are alike."""
    text = ""
    for step in location:
        text += "[]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def bodies(events):
    return (event["body"] for event in events)


@functools.cache
def embedded(version):
    return ocsf_json_schema.OcsfJsonSchemaEmbedded(ocsf_json_schema.get_ocsf_schema(version))


@functools.cache
def validator(version, class_uid, profiles):
    schemas = embedded(version)
    schema = schemas.get_class_schema(schemas.lookup_class_name_from_uid(class_uid), list(profiles))
    return validator_for(schema)(schema)


def json_schema(version, class_uid, events):
    """`ocsf-json-schema` with `jsonschema`."""
    if version not in ocsf_json_schema.get_packaged_versions():
        return None
    complaints = set()
    for body in bodies(events):
        profiles = tuple(body["metadata"].get("profiles", []))
        for error in validator(version, class_uid, profiles).iter_errors(body):
            complaints.add(f"{path(error.absolute_path)}: {error.message[:120]}")
    return complaints


def lost(before, after, at=""):
    """Members that are not there any more, as paths."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            inner = f"{at}.{name}" if at else name
            if value is not None and after.get(name) is None:
                yield inner
            else:
                yield from lost(value, after.get(name), inner)
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield f"{at}[]"
        for one, other in zip(before, after):
            yield from lost(one, other, f"{at}[]")


def refusals(error):
    """What a model has against an event."""
    return {f"{path(part['loc'])}: {part['msg'][:120]}" for part in error.errors()}


PROWLER = {2003: ComplianceFinding, 2007: ApplicationSecurityPostureFinding}


def prowler(_version, class_uid, events):
    """`py-ocsf-models`, which has three classes and no versions."""
    if class_uid not in PROWLER:
        return None
    complaints = set()
    for body in bodies(events):
        try:
            event = PROWLER[class_uid].model_validate(body)
        except ValidationError as error:
            complaints |= refusals(error)
            continue
        read = json.loads(event.model_dump_json(exclude_none=True))
        complaints |= {f"lost {member}" for member in lost(body, read)}
    return complaints


PYDANTIC = {
    0: "BaseEvent",
    2002: "VulnerabilityFinding",
    2003: "ComplianceFinding",
    2007: "ApplicationSecurityPostureFinding",
    5001: "InventoryInfo",
    5003: "UserInventory",
    5020: "SoftwareInfo",
    5021: "OsintInventoryInfo",
}


def pydantic(version, class_uid, events):
    """`pydantic-ocsf`, which has all classes of the versions up to 1.7.0."""
    if version not in dir(ocsf):
        return None
    models = importlib.import_module(f"ocsf.v{version.replace('.', '_')}.events")
    complaints = set()
    for body in bodies(events):
        try:
            getattr(models, PYDANTIC[class_uid]).model_validate(body)
        except ValidationError as error:
            complaints |= refusals(error)
        except PydanticUserError as error:
            complaints.add(str(error).splitlines()[0])
    return complaints
