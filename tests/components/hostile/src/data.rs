//! Attacks by what is handed over: too much of it, or not what it should be.

use super::internal;
use test_guest::bindings::pipeline::source::types::{
    Batch, Descriptor, Error, Event, Operation, Progress, Receipt, Step,
};

const MIB: usize = 1024 * 1024;

/// A step of a kind that no host should take.
pub(crate) fn step(name: &str) -> Result<Step, Error> {
    match name {
        "alias" => Ok(batch(aliased(1000), "1")),
        "long-event" => Ok(batch(vec![event("x".repeat(19 * MIB))], "1")),
        "many-events" => Ok(batch((0..200_000).map(|_| event(String::new())).collect(), "1")),
        "more-events" => Ok(batch((0..1001).map(|_| event("{}".into())).collect(), "1")),
        "not-json" => Ok(batch(vec![event("{\"a\":}".into())], "1")),
        "two-lines" => Ok(batch(vec![event("{}\n{}".into())], "1")),
        "checkpoint" => Ok(batch(vec![], &"c".repeat(MIB))),
        "standstill" => Ok(batch(vec![], "1")),
        "last-checkpoint" => Ok(finished(&"c".repeat(MIB))),
        "long-error" => Err(internal("e\n".repeat(MIB / 2))),
        "gigantic-error" => Err(internal("e".repeat(20 * MIB))),
        _ => Ok(finished("")),
    }
}

/// A descriptor whose schema is named ten thousand times over.
pub(crate) fn alias_descriptor(mut descriptor: Descriptor) -> Descriptor {
    let long: &'static str = "s".repeat(MIB).leak();
    descriptor.schemas = (0..10_000).map(|_| alias(long)).collect();
    descriptor
}

/// Events that share one document: the host would have to copy it for each.
fn aliased(count: usize) -> Vec<Event> {
    let long: &'static str = "x".repeat(MIB).leak();
    (0..count).map(|_| event(alias(long))).collect()
}

fn alias(text: &'static str) -> String {
    // SAFETY: not sound, and not meant to be: the texts share one allocation. They live until the host has taken them
    // or, as it should, has ended the call; neither frees or writes them here.
    unsafe { String::from_raw_parts(text.as_ptr().cast_mut(), text.len(), text.len()) }
}

fn event(document: String) -> Event {
    Event {
        kind: "item".into(),
        operation: Operation::Upsert,
        key: "k".into(),
        observed_at: String::new(),
        content_hash: String::new(),
        document,
    }
}

fn batch(events: Vec<Event>, checkpoint: &str) -> Step {
    let progress = Progress { dataset: String::new(), received: 0, events: 0, calls: 0, bytes: 0 };
    Step::Batch(Batch { events, checkpoint: checkpoint.into(), progress })
}

fn finished(checkpoint: &str) -> Step {
    Step::Finished(Receipt {
        run: "r".into(),
        started_at: String::new(),
        finished_at: String::new(),
        sign_in_calls: 0,
        datasets: vec![],
        checkpoint: checkpoint.into(),
    })
}
