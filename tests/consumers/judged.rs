//! What each consumer makes of each class, in all versions: `tests/consumers/judge.py`, and the table in
//! `docs/consumers.md`.

use crate::packages::{self, SCRIPTS};
use crate::recipes;
use crate::support::{complete, corpus, handmade_run};
use source_host::contract::Event;
use std::path::Path;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/consumers.md");
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/events.schema.json");
const BEGIN: &str = "<!-- table: begin -->\n";
const END: &str = "<!-- table: end -->\n";

/// The judge over events by version; nothing where a consumer is missing.
fn judge(versions: &[String], events: impl Fn(&str) -> Vec<Event>) -> Option<Result<String, String>> {
    let (mut python, tenzir) = (packages::python()?, packages::tenzir()?);
    let folder = tempfile::tempdir().expect("a folder");
    let of = |name: &str| {
        let folder = folder.path().join(name);
        std::fs::create_dir(&folder).expect("a folder");
        folder
    };
    let (recipes, files, work) = (of("recipes"), of("files"), of("work"));
    recipes::write(&recipes);
    std::fs::copy(SCHEMA, work.join("events.schema.json")).expect("copied");
    for version in versions {
        std::fs::write(files.join(format!("{version}.ndjson")), corpus::ndjson(&events(version))).expect("written");
    }
    python.arg(Path::new(SCRIPTS).join("judge.py")).arg(&files);
    python.env("TENZIR", tenzir).env("RECIPES", recipes).env("FOLDER", work);
    let output = python.output().expect("it starts");
    let said = String::from_utf8(output.stdout).expect("text");
    let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() { Ok(said) } else { Err(format!("{said}\n{wrong}")) })
}

#[test]
fn consumers_take_every_event_but_for_faults_of_their_own() {
    let Some(table) = judge(&corpus::versions(), corpus::events) else { return };
    let table = table.unwrap_or_else(|wrong| panic!("{wrong}"));
    std::fs::write(packages::report(), &table).expect("written");
    let page = std::fs::read_to_string(PAGE).expect("the page is there");
    let (before, rest) = page.split_once(BEGIN).expect("the table has a begin");
    let (written, after) = rest.split_once(END).expect("the table has an end");
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        std::fs::write(PAGE, format!("{before}{BEGIN}{table}{END}{after}")).expect("the page can be written");
    } else {
        assert_eq!(written, table, "regenerate it with BLESS=1 cargo test -p source-host --test consumers");
    }
}

#[test]
fn what_is_wrong_with_an_event_is_told_by_every_consumer_that_can() {
    let spoilt = |version: &str| {
        let mut events = complete(handmade_run().set(&format!("ocsf_version={version}"))).sink.events;
        let device = events.iter_mut().find(|event| event.kind == "device").expect("a device");
        device.document = device.document.replacen("\"time\":", "\"tiem\":", 1);
        let finding = events.iter_mut().find(|event| event.document.contains("/2007\"")).expect("a recommendation");
        finding.document = finding.document.replacen("\"severity_id\":", "\"severity_id\":1,\"severity_ide\":", 1);
        events
    };
    let Some(judged) = judge(&["1.5.0".to_owned()], spoilt) else { return };
    let wrong = judged.expect_err("somebody complains");
    for part in [
        "ocsf-json-schema with jsonschema, 1.5.0, class 5001: ",
        "ocsf-json-schema with jsonschema, 1.5.0, class 2007: ",
        "Tenzir, `ocsf_cast`, 1.5.0, class 5001: ",
        "Tenzir, `ocsf_cast`, 1.5.0, class 2007: ",
        "Parquet by pyarrow, read by DuckDB and Polars, 1.5.0, class 5001: ",
        "pydantic-ocsf, 1.5.0, class 2007: ",
        "py-ocsf-models, 1.5.0, class 2007: ",
    ] {
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
}
