//! The requests about one subject each: a device, or an entry of the catalogue.

use defender_client::error::{Cause, SourceError};
use defender_client::paging::{Collection, PagePosition, Poll};
use defender_rows::record::DeviceTexts;

use super::collections::collection_of;
use super::mending::map_row;
use super::stages::{Shared, Stage, Task, TaskStep};
use crate::catalog::{DatasetName, Strategy, devices};
use crate::config::Selection;
use crate::datasets::{MapScope, Subject, mapper};
use crate::memory::{Coverage, Roster};
use crate::session::round::Order;

/// Subjects in a row whose requests may fail before the dataset is given up: more of them mean that the service is
/// down rather than that a device is odd.
const FAILED_MAX: u32 = 3;

/// Subjects that are gone of which the account gives the names.
const GONE_NAMED: usize = 3;

impl Task {
    /// Takes note if devices have to be asked about and not all of them are known. Whether there is nothing to do then.
    pub(super) fn lacks_devices(&mut self, shared: &Shared) -> bool {
        if !self.selection.strategy.needs_devices() || shared.roster.coverage() != Coverage::Part {
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
        let Stage::Subjects { current, .. } = &mut self.stage else { return TaskStep::Went };
        let Some(collection) = current else { return self.begin_subject(shared) };
        match collection.poll(&mut shared.client) {
            Poll::Row => self.subject_row(shared),
            Poll::Answered => {
                let step = self.common(Poll::Answered, shared);
                self.send_ahead(shared);
                step
            }
            Poll::Wait(wait) => {
                // A service that lets one request wait is not kept busy with others.
                self.ahead.clear();
                TaskStep::Wait(wait)
            }
            Poll::End => {
                self.receipt.bytes += collection.take_bytes();
                self.failed_in_a_row = 0;
                self.subject_found(shared);
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

    fn begin_subject(&mut self, shared: &mut Shared) -> TaskStep {
        let Stage::Subjects { index, at, .. } = &mut self.stage else { return TaskStep::Went };
        let (index, position) = (*index, std::mem::replace(at, PagePosition::start()));
        let Some(id) = self.subject(index, shared) else { return self.finish_round(shared) };
        if self.is_used_up(0, shared) {
            return self.finish_round(shared);
        }
        if !self.is_worth_asking(index, shared) {
            self.receipt.tolerated.count("device_below_minimum");
            return self.next_subject(id, true, shared);
        }
        let asked = match self.ahead.pop_front_if(|(ahead, _)| *ahead == index) {
            Some((_, collection)) => Some(collection),
            None => self.subject_collection(&id, position, shared),
        };
        if let Stage::Subjects { after, current, .. } = &mut self.stage {
            match asked {
                Some(collection) => *current = Some(collection),
                // The position was of a subject that is gone.
                None => *after = id,
            }
        }
        TaskStep::Went
    }

    /// Sends the requests about the next subjects, as many as may be under way.
    fn send_ahead(&mut self, shared: &mut Shared) {
        let Stage::Subjects { index, .. } = &self.stage else { return };
        let mut next = self.ahead.back().map_or(*index, |(ahead, _)| *ahead) + 1;
        while self.ahead.len() + 1 < shared.client.max_in_flight() && !self.is_used_up(self.ahead.len() + 1, shared) {
            let Some(id) = self.subject(next, shared) else { break };
            if self.is_worth_asking(next, shared) {
                let Some(mut asked) = self.subject_collection(&id, PagePosition::start(), shared) else { break };
                if !asked.send_ahead(&mut shared.client) {
                    break;
                }
                self.ahead.push_back((next, asked));
            }
            next += 1;
        }
    }

    /// Who the subject with a number is.
    fn subject(&self, index: usize, shared: &Shared) -> Option<String> {
        match &self.selection.strategy.catalogue {
            Some(_) => self.catalogue.get(index).map(|entry| entry.id.clone()),
            None => shared.roster.id(place(self.order.as_ref(), index)?),
        }
    }

    fn is_worth_asking(&self, index: usize, shared: &Shared) -> bool {
        let device = device(self.order.as_ref(), &shared.roster, index);
        let device = device.filter(|_| self.selection.strategy.catalogue.is_none());
        device.is_none_or(|device| shared.filter.worth_asking(device.risk.as_deref(), device.exposure.as_deref()))
    }

    /// Whether a run may make no more requests than were made, and so many that are under way.
    fn is_used_up(&self, under_way: usize, shared: &Shared) -> bool {
        // Each that was asked about gave one answer or failed, also before a restart.
        let failed = self.receipt.tolerated.get("subject_not_read");
        self.order.is_some() && self.receipt.pages + failed + under_way as u64 >= shared.config.user_calls_per_run
    }

    /// `None` if there is no such position in it.
    fn subject_collection(&self, id: &str, position: PagePosition, shared: &Shared) -> Option<Box<Collection>> {
        let route = &self.selection.strategy.route;
        let collection = collection_of(shared, route, Some(id), self.permission(), position, None, String::new());
        collection.ok().map(Box::new)
    }

    fn subject_row(&mut self, shared: &mut Shared) -> TaskStep {
        let Stage::Subjects { index, current: Some(collection), .. } = &self.stage else { return TaskStep::Went };
        let device = device(self.order.as_ref(), &shared.roster, *index);
        let subject = match (self.catalogue.get(*index), &device) {
            (Some(entry), _) => Subject::Recommendation(&entry.record),
            (None, Some(device)) => Subject::Device(device.facts()),
            (None, None) => Subject::Tenant,
        };
        shared.events.collected_at(collection.answered_ms());
        let mut scope = MapScope {
            events: &mut shared.events,
            filter: &mut shared.filter,
            tolerated: &mut self.receipt.tolerated,
            seen: &mut self.seen,
            roster: None,
            history: self.history,
        };
        let map = mapper(self.selection.dataset.name, self.selection.strategy.name);
        let (outcome, _) = map_row(collection, map, subject, &mut scope);
        self.note_damage(outcome);
        self.enter(outcome, shared);
        TaskStep::Went
    }

    /// Takes note that the service has something of a subject.
    fn subject_found(&mut self, shared: &mut Shared) {
        let Stage::Subjects { index, .. } = &self.stage else { return };
        if !shared.gone.is_empty()
            && let Some(id) = self.subject(*index, shared)
        {
            shared.gone.found(self.selection.dataset.name.as_str(), &id);
        }
    }

    /// Whether this is not the first run for which the service has nothing of a subject that it lists.
    fn is_gone(&mut self, shared: &mut Shared) -> bool {
        let Stage::Subjects { index, .. } = &self.stage else { return false };
        let Some(id) = self.subject(*index, shared) else { return false };
        let is_gone = shared.gone.missed(self.selection.dataset.name.as_str(), &id, shared.events.started_ms());
        if is_gone && self.gone.len() < GONE_NAMED {
            self.gone.push(id);
        }
        is_gone
    }

    fn subject_failed(&mut self, error: SourceError, shared: &mut Shared) -> TaskStep {
        if error.cause == Cause::NotFound && self.is_gone(shared) {
            self.receipt.tolerated.count("subject_gone");
            if !error.is_told {
                self.receipt.tolerated.count("subject_gone_unsaid");
            }
            return self.after_subject(shared);
        }
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
        if passes { self.behind_subject(false, shared) } else { self.finish(shared) }
    }

    fn after_subject(&mut self, shared: &mut Shared) -> TaskStep {
        self.behind_subject(true, shared)
    }

    fn behind_subject(&mut self, was_read: bool, shared: &mut Shared) -> TaskStep {
        let Stage::Subjects { index, .. } = &self.stage else { return TaskStep::Went };
        let id = self.subject(*index, shared).unwrap_or_default();
        self.next_subject(id, was_read, shared)
    }

    /// Ends the dataset, and says of how many devices nothing was asked: those that the next run begins with, and those
    /// that were not seen since they were asked about.
    fn finish_round(&mut self, shared: &mut Shared) -> TaskStep {
        self.name_the_gone(shared);
        if let (Some(order), Stage::Subjects { index, .. }) = (&self.order, &self.stage) {
            let (all, of_order) = (shared.roster.len(), order.count());
            self.receipt.tolerated.add("device_left_for_next_run", of_order.saturating_sub(*index) as u64);
            self.receipt.tolerated.add("device_not_seen_since", all.saturating_sub(of_order) as u64);
        }
        self.finish(shared)
    }

    /// Names subjects of which two runs found nothing, and forgets those that are not listed any more. A word of
    /// the service about a subject is one, however many there are; where most answers are a mere status, of whatever stands in
    /// between, it is not the subjects.
    fn name_the_gone(&mut self, shared: &mut Shared) {
        let dataset = self.selection.dataset.name.as_str();
        match &self.selection.strategy.catalogue {
            Some(_) => shared.gone.keep(dataset, |id| self.catalogue.iter().any(|entry| entry.id == id)),
            None => shared.gone.keep(dataset, |id| shared.roster.contains(id)),
        }
        let gone = self.receipt.tolerated.get("subject_gone");
        if gone == 0 {
            return;
        }
        let named = self.gone.join(", ");
        let more = gone.saturating_sub(self.gone.len() as u64);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let found = format!("another run found nothing of what is listed as {named}{more} either");
        let reason = &self.receipt.reason;
        self.receipt.reason = if reason.is_empty() { found.into() } else { format!("{reason}; {found}").into() };
        let unsaid = self.receipt.tolerated.get("subject_gone_unsaid");
        if unsaid > self.receipt.pages {
            self.receipt.fail(SourceError::new(
                Cause::Protocol,
                format!("Dataset `{dataset}`: {unsaid} of the subjects that the service lists are not found, and the answers do not say that it is the service who says so."),
                "Too many to be gone. Check `endpoints.defender`, and that the tenant has Defender for Endpoint.",
            ));
        }
    }

    fn next_subject(&mut self, id: String, was_read: bool, shared: &mut Shared) -> TaskStep {
        if let Stage::Subjects { after, index, current, at } = &mut self.stage {
            if let (Some(order), Some(round)) = (&self.order, &mut shared.round) {
                order.done(*index, was_read, round, &shared.roster);
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
fn device<'a>(order: Option<&Order>, roster: &'a Roster, index: usize) -> Option<DeviceTexts<'a>> {
    roster.get(place(order, index)?)
}

/// Where that device is in the roster.
fn place(order: Option<&Order>, index: usize) -> Option<usize> {
    order.map_or(Some(index), |order| order.get(index))
}
