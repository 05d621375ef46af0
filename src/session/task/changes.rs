//! Changes: the two readings of a window of them, and from when on the next run asks for them.

use defender_client::error::{Cause, SourceError};
use defender_client::paging::PagePosition;
use defender_rows::record::time;
use defender_rows::tally::Tolerated;

use super::mending::map_row;
use super::stages::{Shared, Stage, Task, TaskStep};
use crate::catalog::Strategy;
use crate::datasets::{History, MapScope, Subject, mapper};
use crate::memory::Window;
use crate::plan::{Cursor, changes_since};

impl Task {
    /// Gets ready for the way that is chosen: no marker says of changes which dataset they belong to, and events have
    /// to be looked through first.
    pub(super) fn prepare(&mut self, shared: &mut Shared) {
        let spec = self.selection.dataset;
        self.history = History::new(shared.cursors.get(spec.name.as_str()).map(Cursor::told_until_ms));
        let reads_changes = self.reads_changes();
        shared.events.name_dataset(reads_changes.then_some(spec.name.as_str()));
        if reads_changes && spec.changes.as_ref().is_some_and(|changes| changes.are_events) {
            self.survey(shared);
        }
    }

    /// Whether it reads what changed, and nothing else.
    pub(super) fn reads_changes(&self) -> bool {
        self.selection.strategy.name == Strategy::Delta
    }

    /// A window to look through.
    fn survey(&mut self, shared: &Shared) {
        self.seen.window = Some(Window::survey(self.changes_from(shared)));
    }

    /// From when on changes are asked for, milliseconds since the epoch.
    pub(super) fn changes_from(&self, shared: &Shared) -> i64 {
        shared.cursors.get(self.selection.dataset.name.as_str()).map_or(0, |cursor| cursor.since_ms)
    }

    /// A row of a window that is looked through.
    pub(super) fn survey_row(&mut self, shared: &mut Shared) -> TaskStep {
        let Stage::Tenant(collection) = &self.stage else { return TaskStep::Went };
        let mut scope = MapScope {
            events: &mut shared.events,
            filter: &mut shared.filter,
            tolerated: &mut Tolerated::default(),
            seen: &mut self.seen,
            roster: None,
            history: History::default(),
        };
        let map = mapper(self.selection.dataset.name, self.selection.strategy.name);
        map_row(collection, map, Subject::Tenant, &mut scope);
        if self.seen.window.as_ref().is_some_and(Window::is_too_large) {
            self.read_everything("more has changed than is worth reading twice");
            return self.restart(shared);
        }
        TaskStep::Went
    }

    /// The window was looked through: its changes are emitted now.
    pub(super) fn survey_end(&mut self, shared: &mut Shared) -> TaskStep {
        let Some(window) = &mut self.seen.window else { return TaskStep::Went };
        window.surveyed();
        let (sum, rows) = (window.sum(), window.rows());
        let at = match self.resume_changes.take() {
            Some((survey, at)) if survey == sum => at,
            // What was emitted of it stays true for its time.
            Some(_) => return self.changes_moved(shared),
            None if rows == 0 => return self.finish(shared),
            None => PagePosition::start(),
        };
        match self.tenant_collection(shared, at) {
            Ok(collection) => self.stage = Stage::Tenant(Box::new(collection)),
            Err(error) => return TaskStep::Fatal(error),
        }
        TaskStep::PageEnd
    }

    /// The service made its data anew between the two readings of a window.
    pub(super) fn changes_moved(&mut self, shared: &mut Shared) -> TaskStep {
        if self.may_restart() {
            return self.restart(shared);
        }
        let message = "The changes were other ones each time they were read.";
        self.receipt.fail(SourceError::new(Cause::Unavailable, message, "The next run asks for them again."));
        self.finish(shared)
    }

    /// Notes where the next run starts: nothing that came after is older than that. The start of the run counts, not
    /// its end, and where the service says how old its data are, their time. And up to when everything is told by now.
    pub(super) fn keep_cursor(&self, shared: &mut Shared) {
        let strategy = self.selection.strategy.name;
        let name = self.selection.dataset.name.as_str();
        let run_ms = shared.events.started_ms();
        let mut cursor = shared.cursors.get(name).cloned().unwrap_or_default();
        cursor.is_remapped = false;
        // The service's own clock, by which it says when something was first seen, where it tells.
        let of_snapshot = self.snapshot.as_deref().and_then(time::parse);
        let told_ms = of_snapshot.or(self.began_ms).unwrap_or(run_ms);
        let read_ms = of_snapshot.map_or(run_ms, |made_ms| made_ms.min(run_ms));
        let changes = self.selection.dataset.changes.as_ref();
        let since_ms = changes.map_or(0, |changes| changes_since(read_ms, changes));
        match strategy {
            // What could not be used is asked for again.
            Strategy::Delta if self.receipt.rejected.sum() > 0 => return,
            Strategy::Delta => cursor.since_ms = since_ms,
            Strategy::Files | Strategy::Bulk if !self.selection.dataset.automatic.is_empty() => {
                cursor.snapshot = self.snapshot.clone().unwrap_or_default();
                (cursor.baseline_ms, cursor.since_ms) = (run_ms, since_ms);
            }
            _ if self.selection.wanted == Strategy::Auto => {
                cursor = Cursor { strategy: strategy.as_str().to_owned(), ..Cursor::default() };
            }
            _ => {}
        }
        cursor.told_ms = Some(told_ms);
        shared.cursors.set(name, cursor);
    }
}
