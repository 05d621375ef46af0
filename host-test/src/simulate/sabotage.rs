//! Switching safeguards off, one at a time. An oracle that cannot fail proves nothing: tests put a saboteur between the
//! source and the world and expect the simulation to name what it broke.

use crate::contract::{Event, Step};
use crate::engine::CallError;
use http::{StatusCode, Uri};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Breaks something. Whatever is not overridden is left alone.
pub trait Sabotage: Send {
    /// Whether answers go through [`Sabotage::answer`]. They are then read whole before the component gets them.
    fn rewrites(&self) -> bool {
        false
    }

    /// Changes an answer on its way to the component.
    fn answer(&mut self, _url: &Uri, status: StatusCode, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
        (status, body)
    }

    /// Changes what the component returns.
    ///
    /// # Errors
    /// Whatever the component is to fail with.
    fn step(&mut self, step: Step) -> Result<Step, CallError> {
        Ok(step)
    }

    /// Changes events on their way to where they are kept.
    fn deliver(&mut self, events: Vec<Event>) -> Vec<Event> {
        events
    }

    /// Changes events on their way to the inventory, and only there.
    fn stock(&mut self, events: Vec<Event>) -> Vec<Event> {
        events
    }

    /// Whether checkpoints are stored before the events that they cover.
    fn stores_first(&self) -> bool {
        false
    }

    /// How the lock works that keeps a second host out.
    fn locking(&self) -> Locking {
        Locking::Works
    }

    /// Whether a host cuts off half a line at the end of its file before it has the lock.
    fn cuts_before_it_locks(&self) -> bool {
        false
    }

    /// Whether a host cuts off the half line that the one before it left.
    fn cuts_half_lines(&self) -> bool {
        true
    }

    /// Whether a pipe counts as read when it is written.
    fn trusts_pipes(&self) -> bool {
        false
    }

    /// Changes the peak of memory, in bytes.
    fn peak_memory(&self, bytes: u64) -> u64 {
        bytes
    }
}

/// How a lock works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locking {
    /// One host has it, until it ends in whatever way.
    Works,
    /// Everybody gets it.
    Ignored,
    /// It stays when its host is gone.
    LeftBehind,
}

/// Somebody who breaks something, or nobody.
#[derive(Clone, Default)]
pub(crate) struct Saboteur(Option<Arc<Mutex<Box<dyn Sabotage>>>>);

impl Saboteur {
    pub(crate) fn new(sabotage: Box<dyn Sabotage>) -> Self {
        Self(Some(Arc::new(Mutex::new(sabotage))))
    }

    fn get(&self) -> Option<MutexGuard<'_, Box<dyn Sabotage>>> {
        self.0.as_ref().map(|sabotage| sabotage.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn rewrites(&self) -> bool {
        self.get().is_some_and(|sabotage| sabotage.rewrites())
    }

    pub(crate) fn rewrite(&self, url: &Uri, status: StatusCode, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
        match self.get() {
            Some(mut sabotage) => sabotage.answer(url, status, body),
            None => (status, body),
        }
    }

    pub(crate) fn step(&self, step: Step) -> Result<Step, CallError> {
        match self.get() {
            Some(mut sabotage) => sabotage.step(step),
            None => Ok(step),
        }
    }

    pub(crate) fn deliver(&self, events: &[Event]) -> Option<Vec<Event>> {
        self.get().map(|mut sabotage| sabotage.deliver(events.to_vec()))
    }

    pub(crate) fn stock(&self, events: Vec<Event>) -> Vec<Event> {
        match self.get() {
            Some(mut sabotage) => sabotage.stock(events),
            None => events,
        }
    }

    pub(crate) fn stores_first(&self) -> bool {
        self.get().is_some_and(|sabotage| sabotage.stores_first())
    }

    pub(crate) fn locking(&self) -> Locking {
        self.get().map_or(Locking::Works, |sabotage| sabotage.locking())
    }

    pub(crate) fn cuts_before_it_locks(&self) -> bool {
        self.get().is_some_and(|sabotage| sabotage.cuts_before_it_locks())
    }

    pub(crate) fn cuts_half_lines(&self) -> bool {
        self.get().is_none_or(|sabotage| sabotage.cuts_half_lines())
    }

    pub(crate) fn trusts_pipes(&self) -> bool {
        self.get().is_some_and(|sabotage| sabotage.trusts_pipes())
    }

    pub(crate) fn peak_memory(&self, bytes: u64) -> u64 {
        self.get().map_or(bytes, |sabotage| sabotage.peak_memory(bytes))
    }
}
