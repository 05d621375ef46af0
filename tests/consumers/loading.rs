//! Every recipe of `docs/loading.md`, run as it stands there, answers what is true.

use crate::packages;
use crate::postgresql::Postgresql;
use crate::recipes;
use crate::support::{corpus, envelope};
use serde_json::Value;
use source_host::contract::Event;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/events.schema.json");

/// By kind, how many assets there are, and the newest time.
type Answer = BTreeMap<String, (u64, String)>;

/// A folder with the events and the recipes, and what is true of the events.
struct Kitchen {
    folder: tempfile::TempDir,
    truth: Answer,
}

impl Kitchen {
    /// Some events come twice, as after a crash, and the file is in no order.
    fn new() -> Self {
        Self::with(|lines| {
            lines.extend_from_within(..lines.len() / 10);
            let third = lines.len() / 3;
            lines.rotate_left(third);
        })
    }

    fn with(change: impl Fn(&mut Vec<&str>)) -> Self {
        static EVENTS: OnceLock<Vec<Event>> = OnceLock::new();
        let folder = tempfile::tempdir().expect("a folder");
        let events = EVENTS.get_or_init(corpus::delivered);
        let mut lines: Vec<&str> = events.iter().map(|event| event.document.as_str()).collect();
        change(&mut lines);
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(folder.path().join("events.ndjson"), text).expect("written");
        std::fs::copy(SCHEMA, folder.path().join("events.schema.json")).expect("copied");
        let recipes = folder.path().join("recipes");
        std::fs::create_dir(&recipes).expect("a folder");
        recipes::write(&recipes);
        let truth = truth(events.iter().map(|event| envelope(&event.document)));
        assert_eq!(truth.len(), 7, "{truth:?}");
        Self { folder, truth }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs Python with a text as its program.
    fn python(&self, mut python: Command, program: &str) -> String {
        let output = python.args(["-c", program]).current_dir(self.path()).output().expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Holds an answer in CSV, with a first line of names, to what is true.
    fn hold(&self, csv: &str) {
        let mut lines = csv.lines().map(|line| line.replace('"', ""));
        assert_eq!(lines.next().as_deref(), Some("kind,assets,newest"), "{csv}");
        let answer: Answer = lines
            .map(|line| {
                let [kind, assets, newest] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
                (kind.to_owned(), (assets.parse().expect("a number"), newest.to_owned()))
            })
            .collect();
        assert_eq!(answer, self.truth);
    }
}

/// What is there in the end, by the rules of `docs/events.md`.
fn truth(events: impl Iterator<Item = Value>) -> Answer {
    let mut last = HashMap::<String, Value>::new();
    let order = |event: &Value| (event["run"].as_str().map(str::to_owned), event["seq"].as_u64());
    for event in events.filter(|event| event["kind"] != "snapshot") {
        let key = event["key"].as_str().expect("a key").to_owned();
        if last.get(&key).is_none_or(|before| order(before) < order(&event)) {
            last.insert(key, event);
        }
    }
    let (mut answer, mut deleted) = (BTreeMap::<String, (u64, i64)>::new(), 0);
    for event in last.values() {
        if event["op"] == "delete" {
            deleted += 1;
            continue;
        }
        let (count, newest) = answer.entry(event["kind"].as_str().expect("a kind").to_owned()).or_default();
        *count += 1;
        *newest = (*newest).max(event["body"]["time"].as_i64().expect("a time"));
    }
    assert!(deleted > 5, "{deleted} assets are gone");
    answer.into_iter().map(|(kind, (count, ms))| (kind, (count, seconds(ms)))).collect()
}

/// A time as the recipes show it.
fn seconds(ms: i64) -> String {
    let text = defender_rows::record::time::to_rfc3339(ms);
    text[..19].replace('T', " ")
}

#[test]
fn the_recipe_for_duckdb() {
    let Some(python) = packages::python() else { return };
    let kitchen = Kitchen::new();
    kitchen.hold(&kitchen.python(python, &duckdb("duckdb")));
}

/// A script through the library: its command line is no package that is kept as well.
fn duckdb(recipe: &str) -> String {
    format!(
        "import csv, sys, duckdb\n\
         base = duckdb.connect()\n\
         for statement in base.extract_statements(open('recipes/{recipe}').read()):\n    answer = base.execute(statement)\n\
         out = csv.writer(sys.stdout, lineterminator='\\n')\n\
         out.writerow(column[0] for column in answer.description)\n\
         out.writerows(answer.fetchall())\n"
    )
}

#[test]
fn the_recipe_for_postgresql() {
    let Some(programs) = packages::postgresql() else { return };
    let kitchen = Kitchen::new();
    let server = Postgresql::start(programs);
    kitchen.hold(&server.run(kitchen.path(), Path::new("recipes/postgresql")));
}

#[test]
fn the_recipe_for_clickhouse() {
    let Some(python) = packages::python() else { return };
    let kitchen = Kitchen::new();
    let program = "from chdb.session import Session\n\
         base = Session('base')\n\
         for statement in open('recipes/clickhouse').read().split(';\\n'):\n    \
         answer = base.query(statement, 'CSVWithNames') if statement.strip() else answer\n\
         print(answer, end='')\n";
    kitchen.hold(&kitchen.python(python, program));
}

#[test]
fn the_recipe_for_polars() {
    let Some(python) = packages::python() else { return };
    let kitchen = Kitchen::new();
    kitchen.hold(&kitchen.python(python, &recipes::all()["polars"]));
}

#[test]
fn the_recipe_for_parquet() {
    let (Some(first), Some(second)) = (packages::python(), packages::python()) else { return };
    let kitchen = Kitchen::new();
    kitchen.python(first, &recipes::all()["parquet"]);
    kitchen.hold(&kitchen.python(second, &duckdb("duckdb-parquet")));
}

#[test]
fn the_recipe_for_the_bulk_interface() {
    let Some(python) = packages::python() else { return };
    let kitchen = Kitchen::with(|_| {});
    kitchen.python(python, &recipes::all()["bulk"]);
    let bulk = std::fs::read_to_string(kitchen.path().join("bulk.ndjson")).expect("written");
    let mut lines = bulk.lines().map(envelope);
    let (mut index, mut count) = (HashMap::<(String, String), Value>::new(), 0);
    while let Some(action) = lines.next() {
        let (verb, target) = action.as_object().and_then(|action| action.iter().next()).expect("one verb");
        let text = |name: &str| target[name].as_str().expect("a text").to_owned();
        let id = (text("_index"), text("_id"));
        assert!(id.1.len() <= 512, "{}", id.1);
        match verb.as_str() {
            "index" => drop(index.insert(id, lines.next().expect("a document"))),
            "delete" => drop(index.remove(&id)),
            other => panic!("{other}"),
        }
        count += 1;
    }
    assert!(count > index.len());
    let mut answer = BTreeMap::<String, u64>::new();
    for (target, document) in &index {
        let kind = document["kind"].as_str().expect("a kind");
        assert_eq!(target.0, format!("defender-{kind}"));
        *answer.entry(kind.to_owned()).or_default() += 1;
    }
    let truth: BTreeMap<String, u64> = kitchen.truth.iter().map(|(kind, (count, _))| (kind.clone(), *count)).collect();
    assert_eq!(answer, truth);
}

#[test]
fn the_traps_are_there() {
    let (Some(mut python), Some(tenzir)) = (packages::python(), packages::tenzir()) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("events.ndjson"), corpus::ndjson(&corpus::events("1.8.0"))).expect("written");
    python.arg(Path::new(packages::SCRIPTS).join("traps.py")).env("TENZIR", tenzir).current_dir(folder.path());
    let output = python.output().expect("it starts");
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{wrong}");
}
