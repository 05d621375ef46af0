//! The way of events and checkpoints into the journal, for one life of the host: through a file or through a pipe.

use super::fuse::{Fuse, Killed};
use super::journal::Shared;
use super::pipe::{Broken, Death, Pipe};
use super::sabotage::Saboteur;
use super::site::Site;
use crate::contract::{Event, Receipt};
use crate::sink::{Sink, SinkError};
use crate::store::{Store, StoreError};
use std::cell::RefCell;
use std::io::ErrorKind;
use std::rc::Rc;
use std::sync::Arc;

/// Where events go.
pub(crate) enum Outlet {
    /// A file, which the next life goes on with.
    File,
    /// A pipe of this life.
    Pipe(Pipe),
}

/// The sink and the store of one life; clones are one.
#[derive(Clone)]
pub(crate) struct Delivery {
    journal: Shared,
    fuse: Arc<Fuse>,
    saboteur: Saboteur,
    outlet: Rc<RefCell<Outlet>>,
    /// Events that a saboteur holds back until their checkpoint is stored.
    held_back: Rc<RefCell<Vec<Event>>>,
}

impl Delivery {
    pub(crate) fn new(journal: &Shared, fuse: &Arc<Fuse>, saboteur: &Saboteur, outlet: Outlet) -> Self {
        Self {
            journal: journal.clone(),
            fuse: Arc::clone(fuse),
            saboteur: saboteur.clone(),
            outlet: Rc::new(RefCell::new(outlet)),
            held_back: Rc::default(),
        }
    }

    /// The life is over, in whatever way. What is in a pipe is read by whoever still reads; what became of the reader.
    pub(crate) fn hang_up(&self) -> Option<Death> {
        match &mut *self.outlet.borrow_mut() {
            Outlet::File => None,
            Outlet::Pipe(pipe) => {
                pipe.hang_up();
                self.journal.get().events.extend(pipe.fetch());
                pipe.death()
            }
        }
    }

    fn write(&self, events: Vec<Event>) -> Result<(), SinkError> {
        for event in events {
            self.fuse.pass(Site::Event)?;
            let middle = event.document.floor_char_boundary(event.document.len() / 2);
            let (first, second) = event.document.split_at(middle);
            match &mut *self.outlet.borrow_mut() {
                Outlet::File => {
                    self.journal.get().write(first);
                    self.fuse.pass(Site::HalfLine)?;
                    let mut journal = self.journal.get();
                    journal.write(second);
                    journal.end_line(event);
                }
                Outlet::Pipe(pipe) => {
                    let room = pipe.make_room();
                    self.journal.get().events.extend(pipe.fetch());
                    room?;
                    // Half a line is none to the one who reads it.
                    self.fuse.pass(Site::HalfLine)?;
                    pipe.write(event)?;
                }
            }
        }
        Ok(())
    }

    fn drain(&self) -> Result<(), SinkError> {
        let Outlet::Pipe(pipe) = &mut *self.outlet.borrow_mut() else { return Ok(()) };
        if self.saboteur.trusts_pipes() {
            return Ok(());
        }
        let drained = pipe.drain();
        self.journal.get().events.extend(pipe.fetch());
        Ok(drained?)
    }
}

impl Sink for Delivery {
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError> {
        let events = self.saboteur.deliver(events).unwrap_or_else(|| events.to_vec());
        let stocked = self.saboteur.stock(events.clone());
        self.journal.get().warehouse.admit(stocked);
        if self.saboteur.stores_first() {
            self.held_back.borrow_mut().extend(events);
            return Ok(());
        }
        self.write(events)
    }

    fn make_durable(&mut self) -> Result<(), SinkError> {
        self.fuse.pass(Site::Durable)?;
        self.drain()
    }
}

impl Store for Delivery {
    fn save(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        self.fuse.pass(Site::Save)?;
        {
            let mut journal = self.journal.get();
            journal.warehouse.save(checkpoint);
            journal.keep(checkpoint, true);
        }
        let held_back = self.held_back.take();
        self.write(held_back).map_err(|error| unkept(std::io::Error::other(error)))?;
        Ok(self.fuse.pass(Site::Saved)?)
    }

    fn conclude(&mut self, receipt: &Receipt) -> Result<Vec<Event>, StoreError> {
        self.journal.get().warehouse.conclude(receipt);
        Ok(Vec::new())
    }

    fn finish(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        self.fuse.pass(Site::Finish)?;
        let mut journal = self.journal.get();
        journal.warehouse.finish(checkpoint);
        journal.keep(checkpoint, false);
        Ok(())
    }
}

impl From<Killed> for SinkError {
    fn from(_: Killed) -> Self {
        Self::Write { target: "the journal".into(), cause: std::io::Error::other("the host was killed") }
    }
}

impl From<Broken> for SinkError {
    fn from(_: Broken) -> Self {
        Self::Write { target: "the pipe".into(), cause: ErrorKind::BrokenPipe.into() }
    }
}

impl From<Killed> for StoreError {
    fn from(_: Killed) -> Self {
        unkept(std::io::Error::other("the host was killed"))
    }
}

fn unkept(cause: std::io::Error) -> StoreError {
    StoreError::Write { path: "the journal".into(), cause }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::contract::Operation;
    use crate::simulate::Sabotage;
    use crate::simulate::fuse::Passage;
    use crate::simulate::pipe::Habit;
    use std::time::Duration;

    fn event(key: &str) -> Event {
        Event {
            kind: "device".into(),
            operation: Operation::Upsert,
            key: key.into(),
            observed_at: String::new(),
            content_hash: String::new(),
            document: "{}".into(),
        }
    }

    fn at(site: Site, nth: u64) -> Fuse {
        Fuse::at(Passage { site, nth })
    }

    fn pipe(dies_after: Option<u64>) -> Outlet {
        let habit = Habit { lines: 8, pause: Duration::from_secs(1) };
        Outlet::Pipe(Pipe::new(habit, dies_after, &Clock::virtual_at(Duration::ZERO)))
    }

    /// Delivers two events and their checkpoint; how many events the consumer has, and how many checkpoints are kept.
    fn survive_in(outlet: Outlet, fuse: Fuse, saboteur: &Saboteur) -> (usize, usize) {
        let journal = Shared::default();
        let mut delivery = Delivery::new(&journal, &Arc::new(fuse), saboteur, outlet);
        let delivered = delivery.deliver(&[event("a"), event("b")]).and_then(|()| delivery.make_durable());
        if delivered.is_ok() {
            let _ = delivery.save("1").and_then(|()| delivery.finish("2"));
        }
        delivery.hang_up();
        let journal = journal.get();
        assert!(journal.events.iter().all(|event| event.document == "{}"));
        (journal.events.len(), journal.checkpoints.len())
    }

    fn survive(fuse: Fuse, saboteur: &Saboteur) -> (usize, usize) {
        survive_in(Outlet::File, fuse, saboteur)
    }

    #[test]
    fn what_survives_depends_on_where_the_host_is_killed() {
        let nobody = Saboteur::default();
        for (site, nth, survives) in [
            (Site::Event, 1, (0, 0)),
            (Site::HalfLine, 1, (0, 0)),
            (Site::Event, 2, (1, 0)),
            (Site::HalfLine, 2, (1, 0)),
            (Site::Durable, 1, (2, 0)),
            (Site::Save, 1, (2, 0)),
            (Site::Saved, 1, (2, 1)),
            (Site::Finish, 1, (2, 1)),
        ] {
            assert_eq!(survive(at(site, nth), &nobody), survives, "{site:?} {nth}");
            assert_eq!(survive_in(pipe(None), at(site, nth), &nobody), survives, "{site:?} {nth}, through a pipe");
        }
        assert_eq!(survive(Fuse::never(), &nobody), (2, 2));
        assert_eq!(survive_in(pipe(None), Fuse::never(), &nobody), (2, 2));
    }

    #[test]
    fn nothing_is_stored_that_a_dead_reader_has_not_read() {
        let nobody = Saboteur::default();
        assert_eq!(survive_in(pipe(Some(0)), Fuse::never(), &nobody), (0, 0));
        assert_eq!(survive_in(pipe(Some(1)), Fuse::never(), &nobody), (1, 0));
        assert_eq!(survive_in(pipe(Some(2)), Fuse::never(), &nobody), (2, 2), "it read what there was");
    }

    #[test]
    fn a_saboteur_can_take_written_for_read() {
        struct Trusting;
        impl Sabotage for Trusting {
            fn trusts_pipes(&self) -> bool {
                true
            }
        }
        let saboteur = Saboteur::new(Box::new(Trusting));
        assert_eq!(survive_in(pipe(Some(1)), Fuse::never(), &saboteur), (1, 2), "an event is lost");
        assert_eq!(survive_in(pipe(None), Fuse::never(), &saboteur), (2, 2));
    }

    #[test]
    fn a_saboteur_can_store_before_it_delivers() {
        struct First;
        impl Sabotage for First {
            fn stores_first(&self) -> bool {
                true
            }
        }
        let saboteur = Saboteur::new(Box::new(First));
        assert_eq!(survive(at(Site::Event, 2), &saboteur), (1, 1), "an event is lost");
        assert_eq!(survive(Fuse::never(), &saboteur), (2, 2));
    }
}
