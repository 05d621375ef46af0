//! Runs through an inventory, for tests that are not about it alone.

use source_host::contract::{Descriptor, Event, Receipt};
use source_host::engine::{Component, SandboxOptions, Source};
use source_host::inventory::Inventory;
use source_host::store::Store;
use source_host::testing::{FakeTransport, engine};
use std::sync::Arc;

/// What the built-in component publishes.
pub fn descriptor() -> Descriptor {
    let component = Component::embedded(engine()).expect("the built-in component loads");
    let options = SandboxOptions::new(Arc::new(FakeTransport::new()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a queue");
    let source = runtime.block_on(Source::start(&component, &options)).expect("the component starts");
    source.descriptor().clone()
}

/// Enters a whole run. What is delivered, tombstones included.
pub fn enter(mut inventory: Inventory, events: Vec<Event>, receipt: &Receipt) -> Vec<Event> {
    let mut news = inventory.admit(events).expect("entered");
    inventory.save("x").expect("saved");
    loop {
        let more = inventory.conclude(receipt).expect("concluded");
        if more.is_empty() {
            break;
        }
        news.extend(more);
    }
    inventory.finish("y").expect("finished");
    news
}
