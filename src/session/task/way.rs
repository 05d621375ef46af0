//! How users and recommendations are read, where the source chooses: what is found out about it in the run.

use super::{Choice, Mode, Shared, Stage, Task, TaskStep};
use crate::auth::Api;
use crate::choice::subjects;
use crate::choice::users::{Known, at_once, by_roles, question, without_graph};
use crate::datasets::{DatasetName, Strategy};
use crate::error::{Cause, SourceError};
use crate::http::Attempt;

impl Task {
    /// Whether the way to users is ours to choose.
    pub(super) fn chooses_users(&self) -> bool {
        self.mode == Mode::Emit
            && self.selection.dataset.name == DatasetName::DeviceUsers
            && self.selection.wanted == Strategy::Auto
    }

    /// The way to users, as far as it does not depend on Microsoft Graph; else the stage in which that is asked.
    pub(super) fn users_at_once(&mut self, shared: &Shared) -> Option<Choice> {
        let cursor = shared.cursors.get(self.selection.dataset.name.as_str());
        let roles = shared.client.roles(Api::Defender);
        let known = Known {
            devices: shared.knows_all_devices().then_some(shared.roster.len() as u64),
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
        if !subjects::is_ours(&self.selection) {
            return;
        }
        let cursor = shared.cursors.get(self.selection.dataset.name.as_str());
        // A bound on requests about devices would leave out what requests about recommendations tell.
        let may_ask = shared.knows_all_devices() && shared.filter.worth_asking(None, None);
        let known = subjects::Known {
            recommendations: self.catalogue.len() as u64,
            devices: may_ask.then_some(shared.roster.len() as u64),
            last: cursor.map_or("", |cursor| &cursor.strategy),
        };
        let Choice { strategy, reason } = subjects::by_number(&self.selection, known);
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
        let choice = match shared.client.sign_in(call) {
            Ok(()) => by_roles(&self.selection, shared.client.roles(Api::Graph).as_deref(), call.permission()),
            Err(Attempt::Wait(wait)) => return TaskStep::Wait(wait),
            Err(Attempt::Fatal(error)) => return TaskStep::Fatal(error),
            Err(Attempt::Failed(error)) => without_graph(&self.selection, &error),
            Err(Attempt::Answer(_)) => return TaskStep::Went,
        };
        self.chosen = choice.strategy.name;
        self.instead = Some(choice);
        self.stage = Stage::Begin;
        TaskStep::Went
    }

    /// Whether users can be asked for device by device, as hunting leads nowhere and nothing was read by it so far.
    /// Too many queries are no reason: those of the next run are answered.
    pub(super) fn users_without_hunting(&mut self, error: &SourceError) -> bool {
        let is_ours = self.chooses_users() && self.selection.strategy.name == Strategy::Hunting;
        if !is_ours || self.receipt.received > 0 || error.cause == Cause::Throttled {
            return false;
        }
        self.instead = Some(without_graph(&self.selection, error));
        true
    }
}
