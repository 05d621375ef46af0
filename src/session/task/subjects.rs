//! The requests about one subject each: a device, or an entry of the catalogue.

use super::collect::collection_of;
use super::{Machines, Shared, Stage, Task, TaskStep};
use crate::config::Selection;
use crate::datasets::{DatasetName, MapScope, Outcome, Strategy, Subject, devices};
use crate::error::{Cause, SourceError};
use crate::paging::{PagePosition, Poll};
use crate::receipt::RejectReason;
use crate::record::DeviceFacts;
use crate::roster::Roster;
use crate::round::Order;

/// Subjects in a row whose requests may fail before the dataset is given up: more of them mean that the service is
/// down rather than that a device is odd.
const FAILED_MAX: u32 = 3;

impl Task {
    /// Takes note if devices have to be asked about and not all of them are known. Whether there is nothing to do then.
    pub(super) fn lacks_devices(&mut self, shared: &Shared) -> bool {
        if self.selection.strategy.name != Strategy::PerDevice || shared.machines != Machines::Incomplete {
            return false;
        }
        let (name, machines) = (self.selection.dataset.name.as_str(), devices::SPEC.name.as_str());
        let failure = SourceError::new(
            Cause::Unavailable,
            format!("Dataset `{name}` needs `{machines}`, which could not be read completely."),
            format!("See the failure of `{machines}`."),
        );
        let is_lost = shared.roster.is_empty() && self.read_from_start;
        if is_lost {
            self.receipt.skip(failure);
        } else {
            self.receipt.fail(failure);
        }
        is_lost
    }

    /// Whether more requests would be needed than one run may make.
    pub(super) fn is_too_long(&self, shared: &Shared) -> bool {
        let Selection { dataset, strategy, .. } = self.selection;
        dataset.name == DatasetName::DeviceUsers
            && strategy.name == Strategy::PerDevice
            && shared.roster.len() as u64 > shared.config.user_calls_per_run
    }

    pub(super) fn subjects(&mut self, shared: &mut Shared) -> TaskStep {
        let permission = self.permission();
        let Stage::Subjects { after, index, current, at } = &mut self.stage else { return TaskStep::Went };
        let Some(collection) = current else {
            let by_catalogue = self.selection.strategy.catalogue.is_some();
            let device = device(self.order.as_ref(), &shared.roster, *index);
            let id = if by_catalogue {
                self.catalogue.get(*index).map(|entry| entry.id.clone())
            } else {
                device.map(|facts| facts.id.to_owned())
            };
            let Some(id) = id else { return self.finish_round(shared) };
            // Each that was asked about gave one answer or failed, also before a restart.
            let failed = self.receipt.tolerated.get("subject_not_read");
            if self.order.is_some() && self.receipt.pages + failed >= shared.config.user_calls_per_run {
                return self.finish_round(shared);
            }
            if let (false, Some(facts)) = (by_catalogue, device)
                && !shared.filter.worth_asking(facts.risk, facts.exposure)
            {
                self.receipt.tolerated.count("device_below_minimum");
                return self.next_subject(id, shared);
            }
            let position = std::mem::replace(at, PagePosition::start());
            let route = &self.selection.strategy.route;
            match collection_of(shared, route, Some(&id), permission, position, None, String::new()) {
                Ok(collection) => *current = Some(Box::new(collection)),
                // The position was of a subject that is gone.
                Err(_) => *after = id,
            }
            return TaskStep::Went;
        };
        match collection.poll(&mut shared.client) {
            Poll::Row => self.subject_row(shared),
            Poll::End => {
                self.receipt.bytes += collection.take_bytes();
                self.failed_in_a_row = 0;
                self.after_subject(shared)
            }
            Poll::Changed(error) => {
                self.receipt.bytes += collection.take_bytes();
                if self.may_restart() {
                    // Its rows are emitted once more, as they are now.
                    if let Stage::Subjects { current, at, .. } = &mut self.stage {
                        (*current, *at) = (None, PagePosition::start());
                    }
                    return TaskStep::Went;
                }
                self.subject_failed(error, shared)
            }
            Poll::Failed(error) => {
                self.receipt.bytes += collection.take_bytes();
                self.subject_failed(error, shared)
            }
            other => self.common(other, shared),
        }
    }

    fn subject_row(&mut self, shared: &mut Shared) -> TaskStep {
        let Stage::Subjects { index, current: Some(collection), .. } = &self.stage else { return TaskStep::Went };
        let Some(row) = collection.row() else {
            self.receipt.enter(Outcome::Rejected(RejectReason::Malformed));
            return TaskStep::Went;
        };
        let subject = match (self.catalogue.get(*index), device(self.order.as_ref(), &shared.roster, *index)) {
            (Some(entry), _) => Subject::Recommendation(&entry.record),
            (None, Some(facts)) => Subject::Device(facts),
            (None, None) => Subject::Tenant,
        };
        shared.events.collected_at(collection.answered_ms());
        let mut scope = MapScope {
            events: &mut shared.events,
            filter: &mut shared.filter,
            tolerated: &mut self.receipt.tolerated,
            seen: &mut self.seen,
            roster: None,
        };
        let outcome = (self.selection.strategy.map)(row, subject, &mut scope);
        self.enter(outcome, shared);
        TaskStep::Went
    }

    fn subject_failed(&mut self, error: SourceError, shared: &mut Shared) -> TaskStep {
        self.receipt.tolerated.count("subject_not_read");
        let passes = match error.cause {
            Cause::Forbidden | Cause::NotLicensed => false,
            Cause::NotFound => true,
            _ => {
                self.failed_in_a_row += 1;
                self.failed_in_a_row < FAILED_MAX
            }
        };
        self.receipt.fail(error);
        if passes { self.after_subject(shared) } else { self.finish(shared) }
    }

    fn after_subject(&mut self, shared: &mut Shared) -> TaskStep {
        let Stage::Subjects { index, .. } = &self.stage else { return TaskStep::Went };
        let id = match (self.catalogue.get(*index), device(self.order.as_ref(), &shared.roster, *index)) {
            (Some(entry), _) => entry.id.clone(),
            (None, Some(facts)) => facts.id.to_owned(),
            (None, None) => String::new(),
        };
        self.next_subject(id, shared)
    }

    /// Ends the dataset, and says of how many devices nothing was asked: those that the next run begins with, and those
    /// that were not seen since they were asked about.
    fn finish_round(&mut self, shared: &mut Shared) -> TaskStep {
        if let (Some(order), Stage::Subjects { index, .. }) = (&self.order, &self.stage) {
            let (all, of_order) = (shared.roster.len(), order.count());
            self.receipt.tolerated.add("device_left_for_next_run", of_order.saturating_sub(*index) as u64);
            self.receipt.tolerated.add("device_not_seen_since", all.saturating_sub(of_order) as u64);
        }
        self.finish(shared)
    }

    fn next_subject(&mut self, id: String, shared: &mut Shared) -> TaskStep {
        if let Stage::Subjects { after, index, current, at } = &mut self.stage {
            if let (Some(order), Some(round)) = (&self.order, &mut shared.round) {
                order.done(*index, round, &shared.roster);
            }
            *after = id;
            *index += 1;
            *current = None;
            *at = PagePosition::start();
        }
        TaskStep::PageEnd
    }
}

/// The device with a number, in the order of asking.
fn device<'a>(order: Option<&Order>, roster: &'a Roster, index: usize) -> Option<DeviceFacts<'a>> {
    match order {
        Some(order) => roster.get(order.get(index)?),
        None => roster.get(index),
    }
}
