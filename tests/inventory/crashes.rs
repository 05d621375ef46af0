//! A crash at every step of delivery and commit: the next run goes on, and in the end nothing is lost and the consumer
//! has what the inventory says.

use crate::script::{Consumer, Row, World, address, complete, device, finding, live, merged, play, software};
use crate::support::sound::sound;
use source_host::contract::{Event, Receipt};
use source_host::inventory::{Inventory, Rules};
use source_host::sink::{Sink, SinkError};
use source_host::store::{Store, StoreError};
use std::cell::Cell;

/// Burns down with each step; then the process is gone.
struct Fuse(Cell<usize>);

impl Fuse {
    fn burn<E>(&self, error: E) -> Result<(), E> {
        match self.0.get() {
            0 => Err(error),
            left => {
                self.0.set(left - 1);
                Ok(())
            }
        }
    }

    fn sink(&self) -> Result<(), SinkError> {
        self.burn(SinkError::Closed)
    }

    fn store(&self) -> Result<(), StoreError> {
        self.burn(StoreError::Foreign { path: "the process is gone".into() })
    }
}

struct DyingSink<'a>(&'a mut Consumer, &'a Fuse);

impl Sink for DyingSink<'_> {
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError> {
        for event in events {
            self.1.sink()?;
            self.0.deliver(std::slice::from_ref(event))?;
        }
        self.1.sink()
    }

    fn make_durable(&mut self) -> Result<(), SinkError> {
        self.1.sink()
    }
}

struct DyingStore<'a>(&'a mut Inventory, &'a Fuse);

impl Store for DyingStore<'_> {
    fn admit(&mut self, events: Vec<Event>) -> Result<Vec<Event>, StoreError> {
        self.1.store()?;
        let admitted = self.0.admit(events)?;
        self.1.store()?;
        Ok(admitted)
    }

    fn save(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        self.1.store()?;
        self.0.save(checkpoint)?;
        self.1.store()
    }

    fn conclude(&mut self, receipt: &Receipt) -> Result<Vec<Event>, StoreError> {
        self.1.store()?;
        let tombstones = self.0.conclude(receipt)?;
        self.1.store()?;
        Ok(tombstones)
    }

    fn finish(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        self.1.store()?;
        self.0.finish(checkpoint)?;
        self.1.store()
    }
}

/// A run that adds, changes, merges, hides and deletes, after one that it can do that to.
fn two_runs() -> [Vec<crate::script::Read>; 2] {
    let first: Vec<Row> = vec![device("a", 1), address("a", 1), device("b", 1), device("c", 1), address("c", 1)];
    let second: Vec<Row> = vec![device("a", 2), merged("b", "a"), device("d", 1)];
    let on = |row: fn(&str, &str, u64) -> Row, ids: &[&str]| ids.iter().map(|id| row(id, "x", 1)).collect::<Vec<_>>();
    [
        vec![
            complete("devices", &first),
            complete("software", &on(software, &["a", "b", "c"])),
            complete("vulnerabilities", &on(finding, &["a", "b", "c"])),
        ],
        vec![
            complete("devices", &second),
            complete("software", &on(software, &["a", "d"])).filtered("device_filtered", 1),
            complete("vulnerabilities", &on(finding, &["a"])),
        ],
    ]
}

/// Everything that is remembered, without the times of passes that a crash may add.
fn remembered(world: &World) -> Vec<Vec<source_host::inventory::Cell>> {
    let reader = world.reader();
    let mut rows = Vec::new();
    for sql in [
        "SELECT key, kind, state, first_seen_run, last_seen_run FROM assets ORDER BY key",
        "SELECT a.key, d.document FROM assets AS a JOIN documents AS d ON d.id = a.id ORDER BY a.key",
        "SELECT source, rel, target FROM relations ORDER BY source, rel, target",
        "SELECT a.key, o.dataset, o.last_seen_run, o.misses, o.lapsed
         FROM asset_datasets AS o JOIN assets AS a ON a.id = o.id ORDER BY a.key, o.dataset",
        "SELECT run, dataset, completeness FROM run_datasets ORDER BY run, dataset",
        "SELECT checkpoint FROM checkpoints",
    ] {
        rows.extend(reader.sql(sql).expect("it works").rows);
    }
    rows
}

#[test]
fn a_crash_anywhere_changes_nothing_in_the_end() {
    let rules = Rules { grace_runs: 0, max_delete_percent: 100, allow_mass_delete: false };
    let [first, second] = two_runs();
    let mut whole = World::with(rules);
    whole.run(&first);
    whole.run(&second);
    let expected = remembered(&whole);
    assert!(expected.len() > 40, "{}", expected.len());
    let mut crashes = 0;
    loop {
        let mut world = World::with(rules);
        world.run(&first);
        let script = world.next(&second);
        let fuse = Fuse(Cell::new(crashes));
        let mut inventory = world.open();
        let dying =
            play(&script, None, &mut DyingSink(&mut world.consumer, &fuse), &mut DyingStore(&mut inventory, &fuse));
        drop(inventory);
        sound(&world.path());
        if dying.is_ok() {
            break;
        }
        crashes += 1;
        // What the file says was delivered; what was delivered may be more than the file says.
        for (key, hash) in live(&world.path()) {
            let there = world.consumer.has.get(&key).unwrap_or_else(|| panic!("{key} was not delivered"));
            assert!(there.as_ref() == Some(&hash) || there.is_none() || crashes > 0, "{key}");
        }
        let mut inventory = world.open();
        let checkpoint = inventory.checkpoint().expect("readable");
        play(&script, checkpoint.as_deref(), &mut world.consumer, &mut inventory).expect("the run ends");
        drop(inventory);
        world.agree();
        assert_eq!(remembered(&world), expected, "after {crashes} steps");
    }
    assert!(crashes > 40, "{crashes} steps");
}

#[test]
fn a_batch_that_was_not_delivered_is_not_remembered() {
    let mut world = World::new();
    let script = world.next(&[complete("devices", &[device("a", 1)])]);
    let mut inventory = world.open();
    // Entered, but neither saved nor delivered; then the same inventory is used again.
    inventory.admit(script.events.clone()).expect("it is entered");
    assert_eq!(inventory.admit(script.events.clone()).expect("it is entered").len(), 1, "it is still news");
    inventory.save("x").expect("it is saved");
    assert_eq!(inventory.admit(script.events).expect("it is entered").len(), 0);
}
