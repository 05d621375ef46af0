"""Fluent Bit: the input and the parser of `examples/pipelines/fluent-bit.conf`, in the engine inside `tenzir`.

The engine has no command line there. Its events come out of a pipeline of Tenzir's, which takes some sixty of them in a
second and says nothing of the bytes that they were: what is compared is what was parsed.
"""

import json
import re

from job import EXAMPLES, TOOLS, said

NAME = "Fluent Bit"
PROGRAM = TOOLS / "tenzir" / "bin" / "tenzir"
PYTHON = TOOLS / "tenzir" / "bin" / "python"
CONFIG = EXAMPLES / "pipelines" / "fluent-bit.conf"


def version():
    found = said(PYTHON, "-c", "import importlib.metadata as m; print(m.version('tenzir'))")
    return found and f"(in tenzir {found})"


def section(name, variables):
    """The settings of a section, with variables filled in."""
    text = CONFIG.read_text().split(f"[{name}]")[1].split("\n[")[0]
    settings = {}
    for line in text.splitlines():
        words = line.strip().split(None, 1)
        if len(words) == 2 and not words[0].startswith("#"):
            settings[words[0].lower()] = re.sub(r"\$\{(\w+)\}", lambda found: variables[found[1]], words[1])
    return settings


def command(folder, config):
    engine = section("INPUT", {"DEFENDER_CONFIG": str(config)})
    plugin, _ = engine.pop("name"), engine.pop("tag")
    service = section("SERVICE", {})
    service["parsers_file"] = str(CONFIG.parent / service["parsers_file"])
    pipeline = (
        f"from_fluent_bit {json.dumps(plugin)}, options={json.dumps(engine)}, "
        f"fluent_bit_options={json.dumps(service)}\nwrite_ndjson\nsave_stdout\n"
    )
    (folder / "pipeline.tql").write_text(pipeline)
    return [PROGRAM, "-f", folder / "pipeline.tql"], {}, folder / "events.ndjson"


def events(folder):
    """What came out, as the engine parsed it."""
    lines = (folder / "events.ndjson").read_bytes().split(b"\n")[:-1]
    parsed = [json.loads(line)["message"] for line in lines]
    compact = {"ensure_ascii": False, "separators": (",", ":")}
    return [(event["kind"], json.dumps(event, **compact).encode()) for event in parsed]
