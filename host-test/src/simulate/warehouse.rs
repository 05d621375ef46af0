//! An inventory beside the journal: it is told everything that is delivered, judges what is gone, and dies with every
//! life of the host as the process around it would.

use crate::clock::Clock;
use crate::contract::{Descriptor, Event, Receipt};
use crate::inventory::{Inventory, InventoryError, Rules};
use crate::store::{Store, StoreError};

/// The harshest: what one complete reading did not see is gone, however much it is.
const RULES: Rules = Rules { grace_runs: 0, max_delete_percent: 100, allow_mass_delete: true };

/// An inventory, once the source has said what it is.
#[derive(Default)]
pub(crate) struct Warehouse {
    inventory: Option<Inventory>,
    /// Keys of the tombstones of the run that is being concluded.
    due: Vec<String>,
    /// Keys of the tombstones of the last run.
    pub(crate) deleted: Vec<String>,
    /// What it could not do, in words.
    pub(crate) trouble: Vec<String>,
    openings: u64,
}

impl Warehouse {
    /// A new life begins, from a position.
    pub(crate) fn open(&mut self, about: &Descriptor, config: &str, clock: &Clock, checkpoint: Option<&str>) {
        self.openings += 1;
        let opened = match self.inventory.take() {
            Some(mut inventory) => inventory.recover().map(|()| inventory),
            None => Inventory::in_memory(RULES, about, config, clock.clone()),
        };
        self.due.clear();
        self.inventory = self.sound(opened);
        let Some(inventory) = &self.inventory else { return };
        let found = inventory.checkpoint();
        if let Some(found) = self.sound(found)
            && found.as_deref() != checkpoint
        {
            self.trouble.push("it is not where the host goes on".into());
        }
    }

    /// How often it was opened.
    pub(crate) fn openings(&self) -> u64 {
        self.openings
    }

    /// Forgets the position.
    pub(crate) fn forget(&mut self) {
        let Some(inventory) = &mut self.inventory else { return };
        let done = inventory.reset();
        self.sound(done);
    }

    pub(crate) fn admit(&mut self, events: Vec<Event>) {
        let Some(inventory) = &mut self.inventory else { return };
        let done = inventory.admit(events);
        self.kept(done);
    }

    pub(crate) fn save(&mut self, checkpoint: &str) {
        let Some(inventory) = &mut self.inventory else { return };
        let done = inventory.save(checkpoint);
        self.kept(done);
    }

    /// The run is over: finds what is gone.
    pub(crate) fn conclude(&mut self, receipt: &Receipt) {
        loop {
            let Some(inventory) = &mut self.inventory else { return };
            let done = inventory.conclude(receipt);
            match self.kept(done) {
                Some(tombstones) if !tombstones.is_empty() => {
                    self.due.extend(tombstones.into_iter().map(|event| event.key));
                }
                _ => return,
            }
        }
    }

    pub(crate) fn finish(&mut self, checkpoint: &str) {
        let Some(inventory) = &mut self.inventory else { return };
        let done = inventory.finish(checkpoint);
        self.kept(done);
        self.deleted = std::mem::take(&mut self.due);
    }

    /// Key and kind of everything that is there.
    pub(crate) fn active(&mut self) -> Vec<(String, String)> {
        let Some(inventory) = &self.inventory else { return Vec::new() };
        let found = inventory.active();
        self.sound(found).unwrap_or_default()
    }

    fn kept<T>(&mut self, done: Result<T, StoreError>) -> Option<T> {
        done.map_err(|error| self.trouble.push(error.to_string())).ok()
    }

    fn sound<T>(&mut self, done: Result<T, InventoryError>) -> Option<T> {
        done.map_err(|error| self.trouble.push(error.to_string())).ok()
    }
}
