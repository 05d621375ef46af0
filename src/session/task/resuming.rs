//! Where a task stands: taken from a checkpoint, and handed to one.

use defender_client::error::SourceError;
use defender_client::paging::{Collection, PagePosition};

use super::stages::{Mode, Open, Shared, Stage, Task};
use crate::config::Selection;
use crate::diagnose::{Completeness, DatasetReceipt};
use crate::session::checkpoint::{Current, Position};
use crate::session::round::Order;

impl Task {
    /// A task that goes on where a checkpoint left it.
    ///
    /// # Errors
    /// `invalid-checkpoint` if the position does not fit the dataset.
    pub(in crate::session) fn resume(
        selection: Selection,
        current: Current,
        shared: &mut Shared,
    ) -> Result<Self, SourceError> {
        let mut task = Self::start(selection, Mode::Emit, Some(current.receipt));
        (task.read_from_start, task.begun) = (false, true);
        task.began_ms = current.began_ms;
        task.selection.strategy = selection.settled(&task.receipt.strategy).strategy;
        task.prepare(shared);
        task.chosen = task.selection.strategy.name;
        task.lacks_devices(shared);
        match current.position {
            Position::Changes { survey, at } => {
                task.resume_changes = Some((survey, at));
                task.stage = Stage::Tenant(Box::new(task.tenant_collection(shared, PagePosition::start())?));
            }
            Position::Tenant(position) => {
                task.stage = Stage::Tenant(Box::new(task.tenant_collection(shared, position)?));
            }
            Position::Subjects { after, at } if task.selection.strategy.catalogue.is_some() => {
                task.resume = Some((after, at));
                task.stage = Stage::Tenant(Box::new(task.tenant_collection(shared, PagePosition::start())?));
            }
            Position::Subjects { after, at } => {
                // Where the run began to ask about every device, it goes on so, however many there are by now.
                let has_order = match task.receipt.completeness {
                    Completeness::Portion => true,
                    Completeness::Complete => false,
                    _ => task.is_too_long(shared),
                };
                if has_order {
                    let mut none = None;
                    let round = if shared.round.is_some() { &mut shared.round } else { &mut none };
                    task.order = Some(Order::new(round, &shared.roster));
                }
                // What a round leaves to ask about begins where it stopped.
                let index = if task.order.is_some() { 0 } else { shared.roster.position_after(&after) };
                task.stage = Stage::Subjects { after, index, current: None, at };
            }
            Position::End => task.stage = Stage::Ending,
        }
        Ok(task)
    }

    /// A task that reads the catalogue only to know its entries.
    ///
    /// # Errors
    /// `invalid-checkpoint` if the dataset has none.
    pub(in crate::session) fn of_catalogue(selection: Selection, shared: &mut Shared) -> Result<Self, SourceError> {
        let position = Position::Subjects { after: String::new(), at: PagePosition::start() };
        let strategy = selection.strategy.name.as_str();
        let receipt = DatasetReceipt::new(selection.dataset.name.as_str(), strategy);
        Self::resume(selection, Current { receipt, position, began_ms: None }, shared)
    }

    /// Entries of the catalogue, once it was read to its end.
    pub(in crate::session) fn entries(&self) -> Option<u64> {
        matches!(self.stage, Stage::Subjects { .. }).then_some(self.catalogue.len() as u64)
    }

    /// Where a session goes on that has all events that were taken from the queue; `None`: at the start.
    pub(in crate::session) fn current(&self) -> Option<Current> {
        let position = match &self.stage {
            _ if !self.begun || self.open == Open::Begin => return None,
            Stage::Begin | Stage::Asking(_) => return None,
            // A catalogue is short, and its entries are needed again: a session that stops in it starts it over.
            Stage::Tenant(_) if self.selection.strategy.catalogue.is_some() => {
                let (after, at) = self.resume.clone()?;
                Position::Subjects { after, at }
            }
            Stage::Tenant(collection) => match &self.seen.window {
                None => Position::Tenant(self.position_in(collection)),
                Some(window) if window.is_survey() => {
                    let (survey, at) = self.resume_changes.clone()?;
                    Position::Changes { survey, at }
                }
                Some(window) => Position::Changes { survey: window.sum(), at: self.position_in(collection) },
            },
            Stage::Subjects { after, current, at, .. } => {
                let at = current.as_ref().map_or_else(|| at.clone(), |collection| self.position_in(collection));
                Position::Subjects { after: after.clone(), at }
            }
            Stage::Ending | Stage::Finished => Position::End,
        };
        Some(Current { receipt: self.receipt.clone(), position, began_ms: self.began_ms })
    }

    fn position_in(&self, collection: &Collection) -> PagePosition {
        if matches!(self.open, Open::Row { .. }) { collection.position_before_row() } else { collection.position() }
    }
}
