//! Where events and checkpoints end up: what survives when the host is killed.

use super::fuse::{Fuse, Killed, Site};
use super::sabotage::Saboteur;
use super::warehouse::Warehouse;
use crate::clock::Clock;
use crate::contract::{Descriptor, Event, Receipt};
use crate::sink::{Sink, SinkError};
use crate::store::{Store, StoreError};
use std::cell::RefCell;
use std::rc::Rc;

/// Everything that is kept.
#[derive(Default)]
pub(crate) struct Journal {
    /// Events of the run that is going on, in the order of delivery, repeats included.
    pub(crate) events: Vec<Event>,
    /// Checkpoints of it, in the order of storing.
    pub(crate) checkpoints: Vec<String>,
    /// The checkpoint to go on from.
    pub(crate) checkpoint: Option<String>,
    /// Whether that is in the middle of a run, rather than where the next one starts.
    pub(crate) is_within_run: bool,
    /// An inventory that is told the same.
    pub(crate) warehouse: Warehouse,
}

impl Journal {
    /// Forgets where to go on.
    pub(crate) fn forget(&mut self) {
        self.checkpoint = None;
        self.is_within_run = false;
        self.warehouse.forget();
    }

    fn keep(&mut self, checkpoint: &str, is_within_run: bool) {
        self.checkpoint = Some(checkpoint.to_owned());
        self.checkpoints.push(checkpoint.to_owned());
        self.is_within_run = is_within_run;
    }
}

/// The way into the journal for one life of the host. It is the sink and the store; clones are one.
#[derive(Clone)]
pub(crate) struct Delivery {
    journal: Rc<RefCell<Journal>>,
    fuse: std::sync::Arc<Fuse>,
    saboteur: Saboteur,
    /// Events that a saboteur holds back until their checkpoint is stored.
    held_back: Rc<RefCell<Vec<Event>>>,
}

impl Delivery {
    pub(crate) fn new(journal: &Rc<RefCell<Journal>>, fuse: &std::sync::Arc<Fuse>, saboteur: &Saboteur) -> Self {
        Self {
            journal: Rc::clone(journal),
            fuse: std::sync::Arc::clone(fuse),
            saboteur: saboteur.clone(),
            held_back: Rc::default(),
        }
    }

    /// A life begins.
    pub(crate) fn begin(&self, about: &Descriptor, config: &str, clock: &Clock) {
        let mut journal = self.journal.borrow_mut();
        let checkpoint = journal.checkpoint.clone();
        journal.warehouse.open(about, config, clock, checkpoint.as_deref());
    }

    fn write(&self, events: Vec<Event>) -> Result<(), Killed> {
        for event in events {
            self.fuse.pass(Site::Event)?;
            self.journal.borrow_mut().events.push(event);
        }
        Ok(())
    }

    fn store(&self, checkpoint: &str) {
        let mut journal = self.journal.borrow_mut();
        journal.warehouse.save(checkpoint);
        journal.keep(checkpoint, true);
    }
}

impl Sink for Delivery {
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError> {
        let events = self.saboteur.deliver(events).unwrap_or_else(|| events.to_vec());
        self.journal.borrow_mut().warehouse.admit(self.saboteur.stock(events.clone()));
        if self.saboteur.stores_first() {
            self.held_back.borrow_mut().extend(events);
            return Ok(());
        }
        Ok(self.write(events)?)
    }

    fn make_durable(&mut self) -> Result<(), SinkError> {
        Ok(self.fuse.pass(Site::Durable)?)
    }
}

impl Store for Delivery {
    fn save(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        self.fuse.pass(Site::Save)?;
        self.store(checkpoint);
        let held_back = self.held_back.take();
        self.write(held_back)?;
        Ok(self.fuse.pass(Site::Saved)?)
    }

    fn conclude(&mut self, receipt: &Receipt) -> Result<Vec<Event>, StoreError> {
        self.journal.borrow_mut().warehouse.conclude(receipt);
        Ok(Vec::new())
    }

    fn finish(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        self.fuse.pass(Site::Finish)?;
        let mut journal = self.journal.borrow_mut();
        journal.warehouse.finish(checkpoint);
        journal.keep(checkpoint, false);
        Ok(())
    }
}

impl From<Killed> for SinkError {
    fn from(_: Killed) -> Self {
        Self::Closed
    }
}

impl From<Killed> for StoreError {
    fn from(_: Killed) -> Self {
        let cause = std::io::Error::other("the host was killed");
        Self::Write { path: "the journal".into(), cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Operation;
    use std::sync::Arc;

    fn event(key: &str) -> Event {
        Event {
            kind: "device".into(),
            operation: Operation::Upsert,
            key: key.into(),
            observed_at: String::new(),
            content_hash: String::new(),
            document: String::new(),
        }
    }

    /// Delivers two events and their checkpoint; how many events and checkpoints survive.
    fn survive(fuse: Fuse, saboteur: &Saboteur) -> (usize, usize) {
        let journal = Rc::new(RefCell::new(Journal::default()));
        let mut delivery = Delivery::new(&journal, &Arc::new(fuse), saboteur);
        let delivered = delivery.deliver(&[event("a"), event("b")]).and_then(|()| delivery.make_durable());
        if delivered.is_ok() {
            let _ = delivery.save("1").and_then(|()| delivery.finish("2"));
        }
        let journal = journal.borrow();
        (journal.events.len(), journal.checkpoints.len())
    }

    #[test]
    fn what_survives_depends_on_where_the_host_is_killed() {
        let nobody = Saboteur::default();
        assert_eq!(survive(Fuse::at(Site::Event, 1), &nobody), (0, 0));
        assert_eq!(survive(Fuse::at(Site::Event, 2), &nobody), (1, 0));
        assert_eq!(survive(Fuse::at(Site::Durable, 1), &nobody), (2, 0));
        assert_eq!(survive(Fuse::at(Site::Save, 1), &nobody), (2, 0));
        assert_eq!(survive(Fuse::at(Site::Saved, 1), &nobody), (2, 1));
        assert_eq!(survive(Fuse::at(Site::Finish, 1), &nobody), (2, 1));
        assert_eq!(survive(Fuse::never(), &nobody), (2, 2));
    }

    #[test]
    fn a_saboteur_can_store_before_it_delivers() {
        struct First;
        impl crate::simulate::Sabotage for First {
            fn stores_first(&self) -> bool {
                true
            }
        }
        let saboteur = Saboteur::new(Box::new(First));
        assert_eq!(survive(Fuse::at(Site::Event, 2), &saboteur), (1, 1), "an event is lost");
        assert_eq!(survive(Fuse::never(), &saboteur), (2, 2));
    }
}
