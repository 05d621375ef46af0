//! `docs/events.md` and `docs/events.schema.json`: what events are, read off events.

use crate::forms::{FORMS, Form, parts};
use crate::page;
use crate::schema::{self, ENVELOPE};
use crate::shape::{Requirements, Shape};
use crate::support::{corpus, envelope, remembered};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// Columns of the hand-made tenant that the service does not have.
const MADE_UP: [&str; 1] = ["deviceRole"];

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");

/// What was seen of the events of one form.
#[derive(Default)]
pub(crate) struct Found {
    /// Their bodies.
    pub(crate) body: Shape,
    /// Operation and activity.
    happened: BTreeSet<(String, String)>,
    /// Relation and kind of the other one.
    relations: BTreeSet<(String, String)>,
    /// Numbers of parts of their keys.
    keys: BTreeSet<usize>,
    /// The first one, written for the default version.
    example: Option<String>,
}

/// What was seen of all events.
#[derive(Default)]
pub(crate) struct Gathered {
    found: BTreeMap<String, Found>,
    /// How many made-up columns there were.
    made_up: usize,
    /// Bodies of the marks of snapshots.
    pub(crate) snapshots: Shape,
}

impl Gathered {
    /// All events of the corpus, in all versions.
    fn new() -> Self {
        let mut gathered = Self::default();
        for version in corpus::versions() {
            for event in corpus::events(&version) {
                gathered.see(&event.document);
            }
        }
        let names: BTreeSet<String> = FORMS.iter().map(Form::name).collect();
        assert_ne!(gathered.made_up, 0, "{MADE_UP:?}");
        assert_eq!(gathered.found.keys().cloned().collect::<BTreeSet<_>>(), names, "the forms are the ones that come");
        gathered
    }

    fn see(&mut self, document: &str) {
        let mut event = envelope(document);
        if let Some(unmapped) = event["body"].get_mut("unmapped").and_then(Value::as_object_mut) {
            self.made_up += MADE_UP.iter().filter(|name| unmapped.remove(**name).is_some()).count();
        }
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        if event["kind"] == "snapshot" {
            return self.snapshots.see(&event["body"]);
        }
        let body = &event["body"];
        let found = self.found.entry(format!("{}.{}", text(&event["kind"]), body["class_uid"])).or_default();
        found.body.see(body);
        // Lean bodies have no captions.
        if let Some(activity) = body["activity_name"].as_str() {
            found.happened.insert((text(&event["op"]), activity.to_owned()));
        }
        for reference in event["refs"].as_array().expect("a list") {
            let target = text(&reference["key"]).split(':').nth(2).expect("a kind").to_owned();
            found.relations.insert((text(&reference["rel"]), target));
        }
        found.keys.insert(parts(event["key"].as_str().expect("a key")));
        if MADE_UP.iter().all(|name| !document.contains(name)) {
            found.example.get_or_insert_with(|| document.to_owned());
        }
    }

    /// What was seen of a form.
    pub(crate) fn form(&self, form: &Form) -> &Found {
        &self.found[&form.name()]
    }

    /// Which members of objects are always there, whatever the form.
    pub(crate) fn requirements(&self) -> Requirements {
        let mut common = Requirements::new();
        self.found.values().for_each(|found| found.body.requirements("", &mut common));
        common
    }

    /// All relations.
    pub(crate) fn relations(&self) -> BTreeSet<&str> {
        self.found.values().flat_map(|found| &found.relations).map(|(relation, _)| relation.as_str()).collect()
    }
}

#[test]
fn the_documented_events_are_the_ones_that_come() {
    let gathered = Gathered::new();
    let line = schema::of_line(&remembered::descriptor(), &gathered);
    let text = format!("{}\n", serde_json::to_string_pretty(&line).expect("JSON"));
    page::hold_file(&Path::new(DOCS).join("events.schema.json"), &text);
    let page = format!("{DOCS}/events.md");
    page::hold_parts(
        &page,
        &[("envelope", &members()), ("kinds", &overview(&gathered)), ("forms", &details(&gathered))],
    );
}

fn members() -> String {
    let mut table = String::from("| member | meaning |\n|---|---|\n");
    for (name, is_required, meaning) in ENVELOPE {
        let _ = writeln!(table, "| `{name}`{} | {meaning} |", if *is_required { "" } else { ", not always" });
    }
    table
}

fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ")
}

fn overview(gathered: &Gathered) -> String {
    let mut table = String::from(
        "| kind | class | `op`: activity | key, behind `mde:<tenant>:` | relations |\n|---|---|---|---|---|\n",
    );
    for form in FORMS {
        let found = gathered.form(form);
        let counts: BTreeSet<usize> = form.keys.iter().map(|key| parts(key)).collect();
        assert_eq!(found.keys, counts, "keys of {}", form.name());
        let mut by_op = BTreeMap::<&str, Vec<&str>>::new();
        for (op, activity) in &found.happened {
            by_op.entry(op).or_default().push(activity);
        }
        // What comes most often is in front.
        let happened: Vec<_> = by_op.iter().rev().map(|(op, it)| format!("`{op}`: {}", it.join(", "))).collect();
        let relations: Vec<_> = found.relations.iter().map(|(rel, of)| format!("`{rel}` {of}")).collect();
        let class = envelope(found.example.as_ref().expect("one was seen"))["body"]["class_name"].take();
        let _ = writeln!(
            table,
            "| `{}` | {} {} | {} | {} | {} |",
            form.kind,
            form.class,
            class.as_str().expect("a text"),
            happened.join("; "),
            list(form.keys.iter().copied()),
            if relations.is_empty() { "–".to_owned() } else { relations.join(", ") },
        );
    }
    table
}

fn details(gathered: &Gathered) -> String {
    let mut text = String::new();
    for form in FORMS {
        let found = gathered.form(form);
        let _ = writeln!(text, "\n### {}\n\n`{}`, class {}. {}\n", form.title, form.kind, form.class, form.about);
        if let Some(unmapped) = found.body.member("unmapped") {
            let columns: Vec<_> = unmapped.paths().into_iter().map(|(path, of)| format!("`{path}` ({of})")).collect();
            let _ = writeln!(text, "In `unmapped`: {}.\n", columns.join(", "));
        }
        let example = indented(found.example.as_ref().expect("one was seen"));
        let _ = writeln!(text, "<details><summary>An example</summary>\n\n```json\n{example}\n```\n\n</details>");
    }
    text.push('\n');
    text
}

/// JSON as it is, one member a line; a list of values without members stays in one.
fn indented(json: &str) -> String {
    let (mut out, mut depth, mut is_text, mut is_escaped) = (String::new(), 0, false, false);
    for (at, character) in json.char_indices() {
        let rest = &json[at + 1..];
        if is_text {
            out.push(character);
            is_text = character != '"' || is_escaped;
            is_escaped = character == '\\' && !is_escaped;
            continue;
        }
        match character {
            '{' | '[' if !rest.starts_with(['}', ']']) => depth += 1,
            '}' | ']' if !out.ends_with(['{', '[']) => depth -= 1,
            _ => {}
        }
        let is_end = matches!(character, '}' | ']') && !out.ends_with(['{', '[']);
        if is_end {
            let _ = write!(out, "\n{}", "  ".repeat(depth));
        }
        out.push(character);
        match character {
            '"' => is_text = true,
            ':' => out.push(' '),
            ',' => drop(write!(out, "\n{}", "  ".repeat(depth))),
            '{' | '[' if !rest.starts_with(['}', ']']) => drop(write!(out, "\n{}", "  ".repeat(depth))),
            _ => {}
        }
    }
    out
}

#[test]
fn json_is_shown_as_it_is() {
    let json = r#"{"b":[1,{"a":"x\\\"{,"}],"a":{},"c":[]}"#;
    let shown = indented(json);
    assert_eq!(shown.replace("\n", "").replace("  ", "").replace(": ", ":"), json);
    assert_eq!(shown.lines().nth(1), Some("  \"b\": ["));
}

#[test]
fn what_the_program_prints_is_the_documented_schema() {
    let printed = crate::support::program::Program::new().args(["describe", "--events"]).run();
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    let printed: Value = serde_json::from_str(&printed.stdout).expect("JSON");
    let file = std::fs::read_to_string(format!("{DOCS}/events.schema.json")).expect("the file is there");
    assert!(page::is_blessed() || printed == serde_json::from_str::<Value>(&file).expect("JSON"), "build it once more");
    jsonschema::draft202012::new(&printed).expect("a schema that validators take");
}
