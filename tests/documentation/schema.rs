//! The JSON Schema of an event: the envelope by its table, the bodies by what was seen.

use crate::events::Gathered;
use crate::forms::FORMS;
use serde_json::{Map, Value, json};
use source_host::contract::Descriptor;
use std::collections::BTreeSet;

/// The members of the envelope, in the order in which they are written: name, whether it is always there, meaning.
pub(crate) const ENVELOPE: &[(&str, bool, &str)] = &[
    ("schema", true, "What the body is: `ocsf/<version>/<class>`, `native/<dataset>` or `source/snapshot/1`."),
    ("kind", true, "What the event is about."),
    (
        "op",
        true,
        "`upsert`: the asset exists and looks like this. `delete`: it is gone. `snapshot_begin` and `snapshot_end` stand \
         around a full read of a dataset.",
    ),
    ("key", true, "The identity of the asset: events with one key are about one thing."),
    ("run", true, "The identity of the run, a ULID: those of later runs sort behind those of earlier ones, as texts."),
    ("instance", false, "The label that the configuration gives."),
    ("dataset", false, "The dataset, where no snapshot of it is open."),
    ("seq", true, "Grows within a run, with gaps. `(run, seq)` names one event for ever."),
    ("observed", true, "When the source read this, RFC 3339 in UTC."),
    (
        "hash",
        true,
        "256 bits over the content without volatile members: under one key, equal hashes mean that nothing changed.",
    ),
    ("refs", true, "How the asset belongs to others: relation and key of the other one."),
    ("body", true, "The asset, as `schema` says."),
];

/// The schema of one line.
pub(crate) fn of_line(about: &Descriptor, gathered: &Gathered) -> Value {
    let mut defs = Map::new();
    let mut choices = Vec::new();
    let common = gathered.requirements();
    for form in FORMS {
        let shape = gathered.form(form);
        let mut body = shape.body.body(&common);
        body["title"] = form.title.into();
        body["description"] = form.about.into();
        defs.insert(form.name(), body);
        choices.push(choice(form.kind, &format!("^ocsf/[0-9.]+/{}$", form.class), &form.name()));
    }
    defs.insert("snapshot".into(), gathered.snapshots.schema("", &common));
    choices.push(choice("snapshot", "^source/snapshot/1$", "snapshot"));
    let kinds: BTreeSet<&str> = about.datasets.iter().flat_map(|it| &it.kinds).map(String::as_str).collect();
    let kinds: Vec<&str> = kinds.into_iter().chain(["snapshot"]).collect();
    let datasets: Vec<&str> = about.datasets.iter().map(|it| it.name.as_str()).collect();
    let properties = ENVELOPE.iter().map(|(name, _, meaning)| {
        let mut member = match *name {
            "schema" => json!({ "enum": about.schemas }),
            "kind" => json!({ "enum": kinds }),
            "op" => json!({ "enum": ["upsert", "delete", "snapshot_begin", "snapshot_end"] }),
            "key" => json!({ "type": "string", "pattern": "^mde:[^:]+:[a-z_]+:" }),
            "dataset" => json!({ "enum": datasets }),
            "seq" => json!({ "type": "integer", "minimum": 1, "maximum": (1_u64 << 53) - 1 }),
            "observed" => json!({ "type": "string", "format": "date-time" }),
            "hash" => json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" }),
            "refs" => json!({ "type": "array", "items": {
                "type": "object",
                "properties": { "rel": { "enum": gathered.relations() }, "key": { "type": "string" } },
                "required": ["rel", "key"],
            } }),
            "body" => json!({ "type": "object" }),
            _ => json!({ "type": "string", "minLength": 1 }),
        };
        member["description"] = (*meaning).into();
        ((*name).to_owned(), member)
    });
    let required: Vec<&str> = ENVELOPE.iter().filter(|row| row.1).map(|row| row.0).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An event of the Defender source, one line of its output",
        "description": "Members that are not named here may come with a later version. A body is described as it is in the \
                        newest version of OCSF that is offered; older ones lack members that are not required here. In \
                        `unmapped` any value may be missing, null or of another type than x-seen says. The format epoch-ms \
                        is a whole number of milliseconds since 1970, UTC.",
        "type": "object",
        "properties": properties.collect::<Map<_, _>>(),
        "required": required,
        "allOf": choices,
        "$defs": defs,
    })
}

/// The body that events of a kind and a schema have.
fn choice(kind: &str, schema: &str, body: &str) -> Value {
    json!({
        "if": { "properties": { "kind": { "const": kind }, "schema": { "pattern": schema } } },
        "then": { "properties": { "body": { "$ref": format!("#/$defs/{body}") } } },
    })
}
