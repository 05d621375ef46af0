//! The start of a simulated host, and the one of a second host with the same places while the first lives.

use super::fuse::{Fuse, Killed};
use super::journal::Shared;
use super::lock::{Held, Locks};
use super::sabotage::Saboteur;
use super::site::Site;
use crate::clock::Clock;
use crate::contract::Descriptor;
use crate::runner::{self, Places, Started};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The places of a simulated host. They are opened in the order in which the program opens its own.
#[derive(Clone)]
pub(crate) struct Premises {
    pub(crate) journal: Shared,
    pub(crate) locks: Locks,
    pub(crate) fuse: Arc<Fuse>,
    pub(crate) saboteur: Saboteur,
    pub(crate) about: Descriptor,
    pub(crate) config: String,
    pub(crate) clock: Clock,
}

/// Why a host did not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Another one has the places.
    InUse,
    /// It was killed on the way.
    Killed,
}

impl From<Killed> for Refusal {
    fn from(_: Killed) -> Self {
        Self::Killed
    }
}

impl Places for Premises {
    type Lock = Held;
    type State = ();
    type Sink = ();
    type Error = Refusal;

    fn lock(&mut self) -> Result<Held, Refusal> {
        if self.saboteur.cuts_before_it_locks() {
            self.journal.get().cut();
        }
        let held = self.locks.take().ok_or(Refusal::InUse)?;
        self.fuse.pass(Site::Locked)?;
        Ok(held)
    }

    fn state(&mut self, _: &Held) -> Result<(), Refusal> {
        let mut journal = self.journal.get();
        let checkpoint = journal.checkpoint.clone();
        journal.warehouse.open(&self.about, &self.config, &self.clock, checkpoint.as_deref());
        Ok(())
    }

    fn position(&mut self, (): &mut ()) -> Result<Option<String>, Refusal> {
        let position = self.journal.get().checkpoint.clone();
        self.fuse.pass(Site::Loaded)?;
        Ok(position)
    }

    fn sink(&mut self, _: &Held) -> Result<(), Refusal> {
        if self.saboteur.cuts_half_lines() {
            self.journal.get().cut();
        }
        Ok(self.fuse.pass(Site::Opened)?)
    }
}

/// What came of a second start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meeting {
    /// Where the first host was.
    pub(crate) site: Site,
    /// What should not have happened.
    pub(crate) trouble: Option<&'static str>,
}

/// A host that starts while another one lives.
pub(crate) struct Second {
    premises: Premises,
    came: Mutex<(Vec<Meeting>, Option<Started<Premises>>)>,
}

impl Second {
    /// One that starts in these places. It is not killed itself.
    pub(crate) fn new(premises: &Premises) -> Self {
        let premises = Premises { fuse: Arc::new(Fuse::never()), ..premises.clone() };
        Self { premises, came: Mutex::default() }
    }

    /// It starts, while the first host is at a place.
    pub(crate) fn start(&self, site: Site) {
        let before = self.premises.journal.get().mark();
        let trouble = match runner::start(&mut self.premises.clone()) {
            Ok(started) => {
                self.came().1 = Some(started);
                Some("a second host was let in while the first one lives")
            }
            Err(_) => (self.premises.journal.get().mark() != before)
                .then_some("a second host was refused, and had changed something before"),
        };
        self.came().0.push(Meeting { site, trouble });
    }

    /// What came of it so far.
    pub(crate) fn meetings(&self) -> Vec<Meeting> {
        self.came().0.clone()
    }

    /// What it goes on with, if it was let in; once.
    pub(crate) fn let_in(&self) -> Option<Started<Premises>> {
        self.came().1.take()
    }

    fn came(&self) -> MutexGuard<'_, (Vec<Meeting>, Option<Started<Premises>>)> {
        self.came.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
