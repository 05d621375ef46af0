//! The queries of `docs/inventory.md`, as they stand there, against the hand-made tenant.

use crate::sample::{enter, read};
use crate::script::text;
use crate::support::remembered::descriptor;
use source_host::inventory::{Cell, Reader};
use std::path::Path;

const PAGE: &str = include_str!("../../docs/inventory.md");

/// Titles and statements: each `sql` block behind its heading.
fn queries() -> Vec<(&'static str, &'static str)> {
    let mut queries = Vec::new();
    for part in PAGE.split("\n### ").skip(1) {
        let (title, rest) = part.split_once('\n').expect("a heading has a line");
        let (_, rest) = rest.split_once("```sql\n").expect("a query has a block");
        queries.push((title, rest.split_once("```").expect("a block ends").0));
    }
    queries
}

#[test]
fn every_query_of_the_page_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    enter(&path, &descriptor(), 1, read(&["datasets.cves.enabled=true"]));
    let reader = Reader::open(&path).expect("it opens");
    let answers: Vec<(&str, Vec<Vec<Cell>>)> = queries()
        .into_iter()
        .map(|(title, sql)| (title, reader.sql(sql).unwrap_or_else(|error| panic!("{title}: {error}")).rows))
        .collect();
    let rows = |title: &str| {
        let found = answers.iter().find(|(it, _)| *it == title);
        &found.unwrap_or_else(|| panic!("{title} is not on the page")).1
    };
    let first = |title: &str| {
        let row = rows(title).first().unwrap_or_else(|| panic!("{title}: no rows"));
        (text(&row[0]), row[1].clone())
    };
    assert_eq!(first("Devices with exploitable critical vulnerabilities").0, "eng-ws-308.contoso.example");
    assert!(matches!(first("Users on most devices").1, Cell::Integer(devices) if devices > 1));
    assert!(!rows("Software past its support").is_empty());
    assert!(!rows("Devices not seen for a month").is_empty());
    assert_eq!(first("What the last run changed").0, "application");
    let (advice, devices) = first("Software recommendations on most devices, by findings");
    assert!(
        advice.contains(":recommendation:va-_-") && matches!(devices, Cell::Integer(devices) if devices > 0),
        "{advice}"
    );
    let details = rows("Findings with the details of their CVE");
    assert_eq!(details.len(), 14, "each finding, and no CVE itself");
    assert_eq!(text(&details[0][1]), "CVE-2025-90101");
    assert!(matches!(details[0][2], Cell::Real(epss) if epss > 0.4), "{details:?}");
    assert!(details.iter().all(|row| text(&row[5]).starts_with("Summary: ")), "{details:?}");
    assert_eq!(answers.len(), 7);
}

#[test]
fn the_queries_of_the_page_agree_with_the_documents() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let news = enter(&path, &descriptor(), 1, read(&[]));
    let reader = Reader::open(&path).expect("it opens");
    let statement = |title: &str| queries().into_iter().find(|(it, _)| *it == title).expect("on the page").1;
    let mut by_user = std::collections::BTreeMap::<String, i64>::new();
    for event in news.iter().filter(|event| event.kind == "user") {
        let document = crate::support::envelope(&event.document);
        let refs = document["refs"].as_array().expect("a list");
        if let Some(user) = refs.iter().find(|it| it["rel"] == "part_of") {
            *by_user.entry(user["key"].as_str().expect("a text").to_owned()).or_default() += 1;
        }
    }
    let most = by_user.values().max().copied().expect("there are users");
    assert_eq!(reader.sql(statement("Users on most devices")).expect("it works").rows[0][1], Cell::Integer(most));
    let mut by_advice = std::collections::BTreeMap::<String, std::collections::BTreeSet<String>>::new();
    for event in news.iter().filter(|event| event.kind == "vulnerability") {
        let body = &crate::support::envelope(&event.document)["body"];
        if let Some(advice) = body["unmapped"]["recommendationReference"].as_str() {
            by_advice.entry(advice.to_owned()).or_default().insert(body["device"]["uid"].to_string());
        }
    }
    let most = by_advice.values().map(|devices| devices.len() as i64).max().expect("there is advice");
    let advice = statement("Software recommendations on most devices, by findings");
    let advice = reader.sql(advice).expect("it works").rows;
    assert_eq!((advice[0][1].clone(), advice.len()), (Cell::Integer(most), by_advice.len().min(20)));
    let past =
        news.iter().filter(|event| event.kind == "software" && event.document.contains("\"endOfSupportStatus\":\"EOS"));
    assert_eq!(reader.sql(statement("Software past its support")).expect("it works").rows.len(), past.count());
}

#[test]
fn only_one_statement_that_reads_is_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    enter(&path, &descriptor(), 1, read(&[]));
    let before = std::fs::read(&path).expect("readable");
    let reader = Reader::open(&path).expect("it opens");
    let other = folder.path().join("other.db").display().to_string();
    for statement in [
        "DELETE FROM asset_rows",
        "INSERT INTO meta VALUES ('a', 'b')",
        "UPDATE asset_rows SET state = 3",
        "DROP TABLE meta",
        "CREATE TEMP TABLE x (y)",
        "PRAGMA journal_mode = delete",
        "PRAGMA writable_schema = 1",
        &format!("ATTACH '{other}' AS other"),
        &format!("VACUUM INTO '{other}'"),
        "BEGIN",
        "SELECT load_extension('x')",
        "SELECT 1; SELECT 2",
        "SELECT 1; DELETE FROM meta",
        "",
        "no sql",
        "SELECT * FROM nothing",
    ] {
        let error = reader.sql(statement).err().unwrap_or_else(|| panic!("{statement} was run"));
        assert!(error.is_usage() && error.to_string().lines().count() == 1, "{statement}: {error}");
    }
    assert!(!Path::new(&other).exists());
    assert_eq!(std::fs::read(&path).expect("readable"), before);
    assert_eq!(reader.sql("SELECT 1 AS a, NULL AS b").expect("it works").columns, ["a", "b"], "and it still reads");
    let recursive = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5) SELECT sum(x) FROM n";
    assert_eq!(reader.sql(recursive).expect("it works").rows, [[Cell::Integer(15)]]);
}
