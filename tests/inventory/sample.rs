//! The hand-made tenant through the inventory: real events, real schemas.

use crate::script::{Consumer, live};
use crate::support::sound::sound;
use crate::support::{HANDMADE_TENANT, complete, handmade_run, schemas};
use source_host::clock::Clock;
use source_host::contract::{Descriptor, Event, Operation, Receipt};
use source_host::engine::{Component, SandboxOptions, Source};
use source_host::inventory::{Inventory, Rules};
use source_host::sink::Sink;
use source_host::store::Store;
use source_host::testing::{FakeTransport, engine};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What the built-in component publishes.
pub(crate) fn descriptor() -> Descriptor {
    let component = Component::embedded(engine()).expect("the built-in component loads");
    let options = SandboxOptions::new(Arc::new(FakeTransport::new()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a queue");
    let source = runtime.block_on(Source::start(&component, &options)).expect("the component starts");
    source.descriptor().clone()
}

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
    let mut inventory = Inventory::open(path.to_owned(), rules, about, &config, clock).expect("it opens");
    let mut news = inventory.admit(events).expect("entered");
    inventory.save("x").expect("saved");
    loop {
        let more = inventory.conclude(&receipt).expect("concluded");
        if more.is_empty() {
            break;
        }
        news.extend(more);
    }
    inventory.finish("y").expect("finished");
    news
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
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    let about = descriptor();
    enter(&path, &about, 1, read(&[]));
    let (mut events, receipt) = read(&[]);
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
