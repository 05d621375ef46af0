//! The hand-made tenant through the inventory: real events, real schemas.

use crate::script::{Consumer, live};
use crate::support::remembered::{self, descriptor};
use crate::support::sound::sound;
use crate::support::{HANDMADE_TENANT, complete, handmade_run, schemas};
use source_host::clock::Clock;
use source_host::contract::{Descriptor, Event, Operation, Receipt};
use source_host::inventory::{Inventory, Rules};
use source_host::sink::Sink;
use std::path::Path;
use std::time::Duration;

/// Events and receipt of a run of the hand-made tenant.
pub(crate) fn read(set: &[&str]) -> (Vec<Event>, Receipt) {
    let run = complete(set.iter().fold(handmade_run(), |harness, change| harness.set(change)));
    (run.sink.events, run.receipt.expect("it finished"))
}

/// The hand-made tenant's run enters the inventory at `path`; `number` tells the runs apart.
pub(crate) fn enter(
    path: &Path,
    about: &Descriptor,
    number: u64,
    (events, receipt): (Vec<Event>, Receipt),
) -> Vec<Event> {
    let run = format!("{}{number}", receipt.run);
    let again = |event: Event| Event { document: event.document.replace(&receipt.run, &run), ..event };
    let events: Vec<Event> = events.into_iter().map(again).collect();
    let receipt = Receipt { run: run.clone(), ..receipt };
    let clock = Clock::virtual_at(Duration::from_secs(1_768_456_800 + number * 3600));
    let rules = Rules { grace_runs: 0, ..Rules::default() };
    let config = format!(r#"{{"tenant_id":"{HANDMADE_TENANT}"}}"#);
    let inventory = Inventory::open(path.to_owned(), rules, about, &config, clock).expect("it opens");
    remembered::enter(inventory, events, &receipt)
}

#[test]
fn a_second_run_has_no_news() {
    for set in [&[][..], &["format=native"]] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.db");
        let about = descriptor();
        let (events, receipt) = read(set);
        let assets = events.iter().filter(|event| event.operation == Operation::Upsert).count();
        let first = enter(&path, &about, 1, (events.clone(), receipt.clone()));
        let mut consumer = Consumer::default();
        consumer.deliver(&first).expect("delivered");
        let merged = first.iter().filter(|event| event.operation == Operation::Delete).count();
        assert_eq!(consumer.live(), live(&path));
        assert!(first.len() > 100 && first.len() <= assets + merged, "{} of {assets}", first.len());
        assert_eq!(enter(&path, &about, 2, (events, receipt)).len(), 0, "{set:?}");
        sound(&path);
    }
}

#[test]
fn tombstones_are_valid_events_of_their_class() {
    for set in [&[][..], &["body=lean"], &["ocsf_version=1.9.0"]] {
        tombstones_are_valid(set);
    }
}

fn tombstones_are_valid(set: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let about = descriptor();
    enter(&path, &about, 1, read(set));
    let (mut events, receipt) = read(set);
    // Of each kind some are not there the next time, and nothing else is different.
    let mut kept = std::collections::BTreeMap::<String, usize>::new();
    events.retain(|event| {
        let count = kept.entry(event.kind.clone()).or_default();
        *count += 1;
        event.operation != Operation::Upsert || !(*count).is_multiple_of(5)
    });
    let news = enter(&path, &about, 2, (events, receipt));
    let kinds: std::collections::BTreeSet<&str> = news.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["application", "device", "ip_address", "recommendation", "software", "user", "vulnerability"]
    );
    for event in &news {
        assert_eq!(event.operation, Operation::Delete, "{}", event.key);
        let document = crate::support::envelope(&event.document);
        assert_eq!((&document["op"], &document["key"]), (&"delete".into(), &event.key.as_str().into()));
        assert_eq!(document["hash"], event.content_hash);
    }
    schemas::check_all(news.iter().map(|event| event.document.as_str()));
}

/// The activity of each finding, by its key; all of them are valid.
fn activities(events: &[Event]) -> std::collections::BTreeMap<&str, i64> {
    schemas::check_all(events.iter().map(|event| event.document.as_str()));
    let of = |event: &'_ Event| {
        let body = crate::support::envelope(&event.document)["body"].take();
        (body["category_uid"] == 2).then(|| body["activity_id"].as_i64().expect("a number"))
    };
    events.iter().filter_map(|event| Some((event.key.as_str(), of(event)?))).collect()
}

/// The same, each with other content.
fn changed(events: &[Event]) -> Vec<Event> {
    let other = |event: &Event| {
        let content_hash = event.content_hash.chars().rev().collect::<String>();
        let document = event.document.replace(&event.content_hash, &content_hash);
        Event { document, content_hash, ..event.clone() }
    };
    events.iter().map(other).collect()
}

/// A source without a history says Create in its first run and Update later, whatever the inventory has.
#[test]
fn the_inventory_says_whether_a_finding_is_new() {
    let about = descriptor();
    let by_device = ["datasets.vulnerabilities.strategy=per_device", "datasets.recommendations.strategy=per_device"];
    let first = read(&by_device);
    let week = Duration::from_secs(8 * 86_400);
    let start = source_host::clock::parse(&first.1.started_at).expect("a time");
    let later = by_device.iter().fold(handmade_run(), |harness, change| harness.set(change));
    let later = complete(later.start_time(start + week).checkpoint(first.1.checkpoint.clone()));
    let later = (later.sink.events, later.receipt.expect("it finished"));
    let (created, updated) = (activities(&first.0), activities(&later.0));
    assert!(created.len() > 20 && created.values().all(|activity| *activity == 1), "{created:?}");
    assert!(updated.keys().eq(created.keys()) && updated.values().all(|activity| *activity == 2), "{updated:?}");

    for source in [&first, &later] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.db");
        let enter = |number, events: Vec<Event>| enter(&path, &about, number, (events, source.1.clone()));
        let is_there =
            |event: &Event| event.kind != "vulnerability" || !event.content_hash.starts_with(['0', '1', '2', '3']);
        let some: Vec<_> = source.0.iter().filter(|event| is_there(event)).cloned().collect();
        let new = enter(1, some.clone());
        let before = activities(&new);
        assert!(before.len() < created.len() && before.values().all(|activity| *activity == 1), "{before:?}");
        let news = enter(2, changed(&source.0));
        let now = activities(&news);
        assert_eq!(now.len(), created.len());
        for (key, activity) in &now {
            let expected = if before.contains_key(key) { 2 } else { 1 };
            assert_eq!(*activity, expected, "{key}");
        }
        // What is remembered is what was told.
        let sql = "SELECT document FROM documents WHERE document ->> '$.body.category_uid' = 2";
        let kept = source_host::inventory::Reader::open(&path).expect("it opens").sql(sql).expect("it works").rows;
        let kept: std::collections::BTreeSet<_> = kept.iter().map(|row| crate::script::text(&row[0])).collect();
        let told: std::collections::BTreeSet<_> =
            news.iter().filter(|event| now.contains_key(&*event.key)).map(|event| event.document.clone()).collect();
        assert_eq!(kept, told);
        sound(&path);
        // What was gone and comes back is new.
        let gone = enter(3, some);
        assert!(activities(&gone).values().filter(|activity| **activity == 3).count() > 2);
        let back = enter(4, changed(&source.0));
        let back = activities(&back);
        for (key, activity) in &back {
            assert_eq!(*activity, if before.contains_key(key) { 2 } else { 1 }, "{key}");
        }
        assert!(back.values().any(|activity| *activity == 1));
    }
}
