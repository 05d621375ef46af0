//! The collection over the whole tenant: all rows of a dataset, or the catalogue whose entries are asked about.

use std::borrow::Cow;

use defender_client::error::{Cause, SourceError};
use defender_client::paging::{PagePosition, Poll};
use defender_rows::json::{Json, mended};
use defender_rows::tally::RejectReason;

use super::mending::map_row;
use super::stages::{CatalogueEntry, Mode, Open, Shared, Stage, Task, TaskStep};
use crate::catalog::DatasetName;
use crate::datasets::{ListMapper, MapFn, MapScope, Outcome, Subject, enroll, list_mapper, mapper};
use crate::diagnose::Completeness;
use crate::memory::{Roster, Seen, Window};

impl Task {
    pub(super) fn tenant(&mut self, shared: &mut Shared) -> TaskStep {
        let Stage::Tenant(collection) = &mut self.stage else { return TaskStep::Went };
        let is_survey = self.seen.window.as_ref().is_some_and(Window::is_survey);
        match collection.poll(&mut shared.client) {
            Poll::Row if is_survey => self.survey_row(shared),
            // They come once more.
            Poll::Repeated | Poll::Bad(_) if is_survey => TaskStep::Went,
            Poll::End if is_survey => {
                self.receipt.bytes += collection.take_bytes();
                self.survey_end(shared)
            }
            Poll::Row => self.tenant_row(shared),
            Poll::End => {
                self.receipt.bytes += collection.take_bytes();
                if let Some(error) = self.empty_export(shared) {
                    if self.has_another_way(&error) {
                        return self.restart(shared);
                    }
                    self.receipt.fail(error);
                    return self.finish(shared);
                }
                let Stage::Tenant(collection) = &self.stage else { return TaskStep::Went };
                self.snapshot = collection.snapshot().map(str::to_owned);
                self.tenant_end(shared)
            }
            Poll::Unchanged => {
                // Nothing was read, so nothing is said of what is there: no markers.
                self.receipt.bytes += collection.take_bytes();
                match self.unread_changes.take() {
                    // The snapshot is older than they are, so it says nothing of them.
                    Some(error) => self.receipt.fail(error),
                    None => self.receipt.completeness = Completeness::Unchanged,
                }
                self.stage = Stage::Finished;
                TaskStep::Went
            }
            Poll::Changed(error) => {
                self.receipt.bytes += collection.take_bytes();
                if self.may_restart() {
                    return self.restart(shared);
                }
                self.receipt.fail(error);
                self.finish(shared)
            }
            Poll::Lost(error) => {
                self.receipt.tolerated.count("file_not_read");
                self.file_lost(error, shared)
            }
            Poll::Failed(error) => {
                self.receipt.bytes += collection.take_bytes();
                if self.has_another_way(&error) {
                    return self.restart(shared);
                }
                self.receipt.fail(error);
                self.finish(shared)
            }
            other => self.common(other, shared),
        }
    }

    /// A file cannot be read, or not be used: the pages are read in its place where that is left to the source, and the
    /// other files where it is not.
    pub(super) fn file_lost(&mut self, error: SourceError, shared: &mut Shared) -> TaskStep {
        if self.has_another_way(&error) {
            if let Stage::Tenant(collection) = &mut self.stage {
                self.receipt.bytes += collection.take_bytes();
            }
            return self.restart(shared);
        }
        self.receipt.fail(error);
        TaskStep::Went
    }

    fn tenant_row(&mut self, shared: &mut Shared) -> TaskStep {
        let Stage::Tenant(collection) = &self.stage else { return TaskStep::Went };
        let dataset = self.selection.dataset.name;
        let list = self.selection.strategy.catalogue.and_then(|_| list_mapper(dataset));
        if let (Some(list), Some(_)) = (list, &self.resume) {
            let text = collection
                .row()
                .filter(|row| Json::visit_members(row, |_| "", |_, _, _| ()).is_ok())
                .map(Cow::Borrowed);
            let text = text.or_else(|| Some(mended(collection.row_bytes())?.0.into())).unwrap_or_default();
            if !remember(&mut self.catalogue, list, &text) {
                self.note_damage(Outcome::Rejected(RejectReason::Malformed));
            }
            self.receipt.enter_again();
            return TaskStep::Went;
        }
        let map: MapFn = match (list, self.mode) {
            (Some(list), _) => list.map,
            (None, Mode::Emit) => mapper(dataset, self.selection.strategy.name),
            (None, Mode::Enroll | Mode::Reenroll) => enroll,
        };
        shared.events.collected_at(collection.answered_ms());
        let mut scope = MapScope {
            events: &mut shared.events,
            filter: &mut shared.filter,
            tolerated: &mut self.receipt.tolerated,
            seen: &mut self.seen,
            roster: shared.wants_roster.then_some(&mut shared.roster),
            history: self.history,
        };
        let (outcome, row) = map_row(collection, map, Subject::Tenant, &mut scope);
        if let (Some(list), Outcome::Emitted) = (list, outcome) {
            remember(&mut self.catalogue, list, &row);
        }
        if self.seen.window.as_ref().is_some_and(Window::has_moved) {
            return self.changes_moved(shared);
        }
        self.note_damage(outcome);
        match self.mode {
            Mode::Reenroll => self.receipt.enter_again(),
            Mode::Emit | Mode::Enroll => self.enter(outcome, shared),
        }
        if self.seen.is_full() || shared.filter.is_full() || shared.roster.is_full() {
            return self.out_of_memory(shared);
        }
        TaskStep::Went
    }

    /// What has to be remembered of the rows has no room: the dataset ends here, and leaves the memory to the others.
    fn out_of_memory(&mut self, shared: &mut Shared) -> TaskStep {
        let name = self.selection.dataset.name.as_str();
        let remembered = match self.selection.dataset.name {
            DatasetName::Devices => "which devices there are",
            _ => "which rows came",
        };
        let rows = self.receipt.received + u64::from(matches!(self.open, Open::Row { .. }));
        self.receipt.fail(SourceError::new(
            Cause::LimitExceeded,
            format!(
                "Dataset `{name}`: after {rows} rows, the memory that the host allows has no room to remember {remembered}."
            ),
            "Allow more memory; with the bundled host, raise `sandbox.memory_bytes`. A million devices take 64 MiB. Every \
             run ends so until then.",
        ));
        self.seen = Seen::default();
        if self.selection.dataset.name == DatasetName::Devices {
            shared.roster = Roster::default();
            shared.filter.start_over();
        }
        self.finish(shared)
    }

    fn tenant_end(&mut self, shared: &mut Shared) -> TaskStep {
        if self.selection.strategy.catalogue.is_none() {
            return self.finish(shared);
        }
        // Of several that are one thing the same one stays, whatever the order in which they came.
        self.catalogue.sort_by(|a, b| (&a.id, &a.record).cmp(&(&b.id, &b.record)));
        self.catalogue.sort_by_cached_key(|entry| folded(&entry.id));
        self.catalogue.dedup_by(|a, b| folded(&a.id) == folded(&b.id));
        self.catalogue.sort_by(|a, b| a.id.cmp(&b.id));
        let resumed = self.resume.take();
        if resumed.is_none() {
            self.choose_subjects(shared);
        }
        let (after, at) = resumed.unwrap_or((String::new(), PagePosition::start()));
        let index = self.catalogue.partition_point(|entry| entry.id.as_str() <= after.as_str());
        self.stage = Stage::Subjects { after, index, current: None, at };
        TaskStep::Went
    }
}

/// An identifier as keys have it.
fn folded(id: &str) -> String {
    id.to_lowercase()
}

/// Keeps an entry of the catalogue; `false` if the row is none.
fn remember(entries: &mut Vec<CatalogueEntry>, list: ListMapper, row: &str) -> bool {
    let id = (list.subject_id)(row);
    let is_entry = id.is_some();
    entries.extend(id.map(|id| CatalogueEntry { id, record: row.into() }));
    is_entry
}
