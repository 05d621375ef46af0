//! Counting what requests are made about, one by one, before a run: the devices, and the entries of a catalogue.

use defender_client::error::{Cause, SourceError};
use defender_client::request::{Attempt, Wait};
use defender_client::sign_in::Api;

use super::run::Session;
use super::task::{Mode, Task, TaskStep};
use crate::catalog::{ALL, DatasetName, Strategy};
use crate::config::Selection;
use crate::diagnose::DatasetReceipt;
use crate::memory::Coverage;
use crate::plan::{Choice, Figure, Figures, roster_selection, way_of_users};
use crate::session::round::Order;

/// Why something could not be counted.
pub enum Uncounted {
    /// It would have to be waited for, or asked for again.
    Wait(Wait),
    /// The service refused, or answered what is no answer.
    Failed(SourceError),
}

impl Session {
    /// Reads the list of devices once, and counts those that requests would be made about.
    ///
    /// # Errors
    /// What would end a run as well.
    pub fn count_devices(&mut self, figures: &mut Figures) -> Result<Option<Uncounted>, SourceError> {
        let selection = roster_selection();
        let task = Task::start(selection, Mode::Enroll, None);
        let figure = match self.count(task)? {
            Ok((receipt, _)) => Figure::of(&receipt),
            Err(uncounted) => return Ok(Some(uncounted)),
        };
        self.shared.roster.close(Coverage::Whole);
        figures.set(selection.dataset, selection.strategy.name, figure);
        if self.shared.wants_roster {
            figures.devices = Some(self.shared.roster.len() as u64);
        }
        let way = Strategy::PerDevice;
        for spec in ALL.into_iter().filter(|spec| spec.by(way).is_some()) {
            if figures.get(spec, way).is_none() {
                let calls = Some(self.devices_to_ask(spec.name));
                figures.set(spec, way, Figure { calls, ..Figure::default() });
            }
        }
        Ok(None)
    }

    /// Reads the list of entries that requests would be made about, once, and counts them.
    ///
    /// # Errors
    /// What would end a run as well.
    pub fn count_catalogue(
        &mut self,
        selection: &Selection,
        figures: &mut Figures,
    ) -> Result<Option<Uncounted>, SourceError> {
        let task = Task::of_catalogue(*selection, &mut self.shared)?;
        let (receipt, entries) = match self.count(task)? {
            Ok(counted) => counted,
            Err(uncounted) => return Ok(Some(uncounted)),
        };
        let list = Figure { rows: Some(entries), ..Figure::of(&receipt) };
        figures.set(selection.dataset, Strategy::Catalogue, list);
        let calls = Some(receipt.pages + entries);
        figures.set(selection.dataset, selection.strategy.name, Figure { calls, ..Figure::default() });
        Ok(None)
    }

    /// How users would be read, where that is ours to choose: asks for a token for Microsoft Graph if it depends on its
    /// roles. `None` if that would take a wait.
    ///
    /// # Errors
    /// What would end a run as well.
    pub fn way_to_users(&mut self, selection: &Selection, figures: &Figures) -> Result<Option<Choice>, SourceError> {
        let client = &mut self.shared.client;
        let roles = client.roles(Api::Defender);
        let calls_per_run = self.shared.config.user_calls_per_run;
        let known = way_of_users::Known { devices: figures.devices, calls_per_run, last: "", roles: roles.as_deref() };
        let at_once = way_of_users::at_once(selection, known);
        let Some(mut call) = way_of_users::question(selection).filter(|_| at_once.is_none()) else {
            return Ok(at_once);
        };
        match way_of_users::by_sign_in(selection, client, &mut call) {
            Ok(choice) => Ok(Some(choice)),
            Err(Attempt::Fatal(error)) => Err(error),
            Err(Attempt::Wait(_) | Attempt::Answer(_) | Attempt::Missed(..) | Attempt::Failed(_)) => Ok(None),
        }
    }

    /// Requests about one device each that a run would make for a dataset.
    fn devices_to_ask(&self, dataset: DatasetName) -> u64 {
        let roster = &self.shared.roster;
        let worth = |position: &usize| {
            let facts = roster.get(*position);
            facts.is_some_and(|it| self.shared.filter.worth_asking(it.risk.as_deref(), it.exposure.as_deref()))
        };
        let most = self.shared.config.user_calls_per_run;
        if dataset != DatasetName::DeviceUsers || roster.len() as u64 <= most {
            return (0..roster.len()).filter(worth).count() as u64;
        }
        let order = Order::new(&mut self.shared.round.clone(), roster);
        let asked = (0..order.count()).filter_map(|index| order.get(index)).filter(worth).count();
        most.min(asked as u64)
    }

    /// Takes a task as far as the end of its first list: its account, and the entries that were found.
    fn count(&mut self, mut task: Task) -> Result<Result<(DatasetReceipt, u64), Uncounted>, SourceError> {
        let entries = loop {
            match task.step(&mut self.shared) {
                TaskStep::Wait(wait) => return Ok(Err(Uncounted::Wait(wait))),
                TaskStep::Fatal(error) => return Err(error),
                TaskStep::Done => break 0,
                TaskStep::Went | TaskStep::PageEnd => {}
            }
            if task.receipt().tolerated.get("restarted") > 0 {
                let message = "It changed while it was read.";
                return Ok(Err(Uncounted::Failed(SourceError::new(Cause::Unavailable, message, "Plan once more."))));
            }
            if let Some(entries) = task.entries() {
                break entries;
            }
        };
        let mut receipt = task.into_receipt();
        Ok(match receipt.failure.take() {
            Some(failure) => {
                Err(Uncounted::Failed(SourceError::new(Cause::Unavailable, failure.message, failure.remedy)))
            }
            None => Ok((receipt, entries)),
        })
    }
}
