//! Which way a dataset is read, what is found out about that in the run, and what is left where the way leads nowhere.

use std::borrow::Cow;

use defender_client::error::{Cause, SourceError};
use defender_client::request::Attempt;
use defender_client::sign_in::Api;

use super::stages::{Mode, Shared, Stage, Task, TaskStep};
use crate::catalog::Strategy;
use crate::plan::way_of_users::{self, Known, at_once, by_sign_in, question, without_graph};
use crate::plan::{Choice, choose, way_of_subjects};

impl Task {
    /// Settles how the dataset is read; `false` if something has to be asked first.
    pub(super) fn choose(&mut self, shared: &mut Shared) -> bool {
        let choice = match self.instead.clone() {
            Some(instead) => Some(instead),
            None if way_of_users::is_ours(&self.selection) => self.users_at_once(shared),
            None => {
                let cursor = shared.cursors.get(self.selection.dataset.name.as_str());
                Some(choose(&self.selection, &shared.config, cursor, shared.events.started_ms()))
            }
        };
        let Some(Choice { strategy, reason }) = choice else { return false };
        if self.instead.is_none() {
            self.chosen = strategy.name;
        }
        self.selection.strategy = strategy;
        self.receipt.strategy = strategy.name.as_str().into();
        self.receipt.reason = reason;
        self.prepare(shared);
        true
    }

    /// The way to users, as far as it does not depend on Microsoft Graph; else the stage in which that is asked.
    fn users_at_once(&mut self, shared: &Shared) -> Option<Choice> {
        let cursor = shared.cursors.get(self.selection.dataset.name.as_str());
        let roles = shared.client.roles(Api::Defender);
        let known = Known {
            devices: shared.all_devices(),
            calls_per_run: shared.config.user_calls_per_run,
            last: cursor.map_or("", |cursor| &cursor.strategy),
            roles: roles.as_deref(),
        };
        let choice = at_once(&self.selection, known);
        if choice.is_none()
            && let Some(call) = question(&self.selection)
        {
            self.stage = Stage::Asking(Box::new(call));
        }
        choice
    }

    /// Settles whether recommendations or devices are asked about, once the catalogue is read.
    pub(super) fn choose_subjects(&mut self, shared: &Shared) {
        if !way_of_subjects::is_ours(&self.selection) {
            return;
        }
        let cursor = shared.cursors.get(self.selection.dataset.name.as_str());
        // A bound on requests about devices would leave out what requests about recommendations tell.
        let known = way_of_subjects::Known {
            recommendations: self.catalogue.len() as u64,
            devices: shared.all_devices().filter(|_| shared.filter.worth_asking(None, None)),
            last: cursor.map_or("", |cursor| &cursor.strategy),
        };
        let Choice { strategy, reason } = way_of_subjects::by_number(&self.selection, known);
        if strategy.catalogue.is_none() {
            self.catalogue = Vec::new();
        }
        self.selection.strategy = strategy;
        self.receipt.strategy = strategy.name.as_str().into();
        self.receipt.reason = reason;
    }

    /// Signs in to Microsoft Graph, only to learn what is granted there.
    pub(super) fn ask_graph(&mut self, shared: &mut Shared) -> TaskStep {
        let Stage::Asking(call) = &mut self.stage else { return TaskStep::Went };
        let choice = match by_sign_in(&self.selection, &mut shared.client, call) {
            Ok(choice) => choice,
            Err(Attempt::Wait(wait)) => return TaskStep::Wait(wait),
            Err(Attempt::Fatal(error)) => return TaskStep::Fatal(error),
            Err(Attempt::Answer(_) | Attempt::Missed(..) | Attempt::Failed(_)) => return TaskStep::Went,
        };
        self.chosen = choice.strategy.name;
        self.instead = Some(choice);
        self.stage = Stage::Begin;
        TaskStep::Went
    }

    /// Whether users can be asked for device by device, as hunting leads nowhere and nothing was read by it so far.
    /// Too many queries are no reason: those of the next run are answered.
    fn users_without_hunting(&mut self, error: &SourceError) -> bool {
        let is_ours = way_of_users::is_ours(&self.selection) && self.selection.strategy.name == Strategy::Hunting;
        if !is_ours || self.receipt.received > 0 || error.cause == Cause::Throttled {
            return false;
        }
        self.instead = Some(without_graph(&self.selection, error));
        true
    }

    /// Whether what could not be read can be had in another way. Why it is taken stays in the account.
    pub(super) fn has_another_way(&mut self, error: &SourceError) -> bool {
        let is_new = self.receipt.received == 0;
        let is_first = match &self.seen.window {
            Some(window) => window.is_survey(),
            None => self.reads_changes() && is_new,
        };
        let is_ours = self.selection.strategy.name == Strategy::Files;
        if self.users_without_hunting(error) {
            return true;
        }
        match error.cause {
            // The same grant is needed for each of them, and the same licence.
            Cause::Forbidden | Cause::NotLicensed | Cause::Throttled => return false,
            Cause::Refused | Cause::NotFound if is_first => self.read_everything("the service refused the changes"),
            Cause::Protocol if is_first => {
                let what = error.message.trim_end_matches('.');
                self.read_everything(format!("the changes could not be read ({what})"));
                self.unread_changes = Some(error.clone());
            }
            // What was emitted of the files stays true for its time.
            _ if is_ours && self.is_free() => {
                let reason = format!("the files could not be read ({})", error.message.trim_end_matches('.'));
                self.instead_by(Strategy::Bulk, reason);
            }
            _ => return false,
        }
        true
    }

    /// Whether the way is ours to choose.
    fn is_free(&self) -> bool {
        self.mode == Mode::Emit && matches!(self.selection.wanted, Strategy::Auto | Strategy::Delta)
    }

    pub(super) fn read_everything(&mut self, reason: impl Into<Cow<'static, str>>) {
        let reason = reason.into();
        self.instead = self.selection.dataset.whole().map(|strategy| Choice { strategy, reason });
    }

    fn instead_by(&mut self, strategy: Strategy, reason: String) {
        let reason = Cow::Owned(reason);
        self.instead = self.selection.dataset.by(strategy).map(|strategy| Choice { strategy, reason });
    }
}
