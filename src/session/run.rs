//! The state machine behind `session.next`: runs the tasks one after another, fills batches from their events, and
//! says where to go on.

use std::collections::VecDeque;

use defender_client::error::SourceError;
use defender_client::request::{Client, Collaborators, Wait};
use defender_rows::event::{Event, EventWriter, Kind, Sequence, Stamp};

use super::batch::{Filling, Limits, Pushed};
use super::checkpoint::{Checkpoint, Current, Run};
use super::life::{self, OPENED_MAX};
use super::run_id;
use super::task::{Mode, Shared, Task, TaskStep};
use crate::catalog::{ALL, devices};
use crate::config::{Config, Selection, client_secret};
use crate::diagnose::{Completeness, DatasetReceipt, ROSTER, Receipt};
use crate::memory::{Coverage, DeviceFilter, Roster};
use crate::plan::{needs_machines, roster_selection};

/// Milliseconds after which a call returns at the next end of a page even without a full batch, so that the position is
/// stored now and then.
const MS_PER_STEP: u64 = 10_000;

/// What one call of [`Session::next`] came to; see `step` in `wit/types.wit`.
#[derive(Debug)]
pub enum Step {
    /// Events, or at least a new position.
    Batch(Batch),
    /// Come back later.
    Wait(Wait),
    /// The run is over.
    Finished(Receipt),
}

/// Some events and the position after them.
#[derive(Debug)]
pub struct Batch {
    /// The events, in order.
    pub events: Vec<Event>,
    /// Where to go on.
    pub checkpoint: String,
    /// Counters for people.
    pub progress: Progress,
}

/// Where the run is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The dataset that is being read.
    pub dataset: String,
    /// Records received.
    pub received: u64,
    /// Events handed over.
    pub events: u64,
    /// Requests sent.
    pub calls: u64,
    /// Body bytes received.
    pub bytes: u64,
}

/// One run.
pub struct Session {
    pub(super) shared: Shared,
    run: String,
    started_ms: i64,
    sign_in_calls_before: u64,
    waiting: VecDeque<Selection>,
    resumed: Option<Current>,
    task: Option<Task>,
    done: Vec<DatasetReceipt>,
    /// Whether the session gave no position yet.
    is_new: bool,
    /// Sessions in a row that gave a position and nothing else, this one included.
    opened: u64,
    /// Whether anything happened since the last batch.
    moved: bool,
    /// The checkpoint of the last batch.
    given: String,
    /// An error that waits until the events before it are handed over.
    failure: Option<SourceError>,
}

impl Session {
    /// Starts a run, or continues one. Makes no request.
    ///
    /// # Errors
    /// `invalid-config` and `invalid-checkpoint`, with the member or the reason.
    pub fn open(
        config: &str,
        secrets: &[(String, String)],
        checkpoint: Option<&str>,
        collaborators: Collaborators,
    ) -> Result<Self, SourceError> {
        let config = Config::parse(config)?;
        let secret = client_secret(secrets)?;
        let Collaborators { transport, clock, mut entropy } = collaborators;
        let now_ms = clock.wall_ms();
        let start = match checkpoint {
            Some(text) => Checkpoint::read(text, &config)?,
            None => Checkpoint::empty(&config),
        };
        let Checkpoint { mut budget, cursors, figures, round, gone, .. } = start;
        let (run, sequence) = match start.run {
            Some(run) => {
                let sequence = life::behind(run.life, &run.id, run.started_ms, now_ms)?;
                let is_left =
                    |selection: &&Selection| run.done.iter().all(|d| d.dataset != selection.dataset.name.as_str());
                let left = config.datasets.iter().filter(is_left);
                let mut families: Vec<_> = left.flat_map(Selection::routes).map(|route| route.family()).collect();
                // The list of devices is read again, whether it is done with or no dataset of this configuration at all.
                families.push(devices::SPEC.strategies[0].route.family());
                budget.assume_unsaved(&families, u64::try_from(now_ms).unwrap_or_default());
                (run, sequence)
            }
            None => {
                let id = run_id::ulid(now_ms, [entropy.next(), entropy.next()]);
                (Run { id, started_ms: now_ms, ..Run::default() }, Sequence::default())
            }
        };
        let stamp = Stamp {
            tenant: config.tenant.clone(),
            run: run.id.clone(),
            started_ms: run.started_ms,
            instance: config.instance.clone(),
            portal: config.cloud.portal,
            format: config.format,
            ocsf_version: config.ocsf_version,
            body: config.body,
        };
        let grant = config.grant(secret);
        let is_done = |selection: &Selection| {
            let name = selection.dataset.name.as_str();
            run.done.iter().any(|receipt| receipt.dataset == name && receipt.strategy != ROSTER)
        };
        Ok(Self {
            run: run.id,
            started_ms: run.started_ms,
            sign_in_calls_before: run.sign_in_calls,
            waiting: config.datasets.iter().filter(|selection| !is_done(selection)).copied().collect(),
            resumed: run.current,
            task: None,
            shared: Shared {
                client: Client::new(Collaborators { transport, clock, entropy }, config.http, grant, budget),
                events: EventWriter::new(stamp, sequence),
                filter: DeviceFilter::new(config.filters.clone(), run.started_ms),
                roster: Roster::default(),
                cursors,
                figures,
                round,
                gone,
                is_without_devices: run.done.iter().any(names_no_device),
                wants_roster: config.datasets.iter().any(|it| it.strategy.needs_devices() || it.may_ask_devices()),
                config,
            },
            done: run.done,
            is_new: true,
            opened: run.opened,
            moved: false,
            given: String::new(),
            failure: None,
        })
    }

    /// Goes on until a batch is full, a wait is due or the run is over.
    ///
    /// # Errors
    /// What ends the run: refused credentials, a sign-in service that stays away, a checkpoint that does not fit.
    pub fn next(&mut self, limits: Limits) -> Result<Step, SourceError> {
        if std::mem::take(&mut self.is_new) && self.opened < OPENED_MAX {
            // The host stores a position before the first request: what is sent from now on is never quite forgotten, and
            // no event has a number of a life that no position tells of.
            self.opened += 1;
            return Ok(self.hand_over(Filling::new(limits)));
        }
        self.opened = 0;
        if self.shared.events.sequence().is_running_out() {
            let (life, now_ms) = (self.shared.events.sequence().life(), self.shared.client.wall_ms());
            self.shared.events.go_on_behind(life::behind(life, &self.run, self.started_ms, now_ms)?);
            return Ok(self.hand_over(Filling::new(limits)));
        }
        let mut filling = Filling::new(limits);
        let started_ms = self.shared.client.monotonic_ms();
        loop {
            if !self.drain(&mut filling) || self.shared.events.sequence().is_running_out() {
                return Ok(self.hand_over(filling));
            }
            if let Some(error) = self.failure.take() {
                if filling.is_empty() {
                    return Err(error);
                }
                self.failure = Some(error);
                return Ok(self.hand_over(filling));
            }
            if self.task.is_none() {
                match self.next_task() {
                    Ok(Some(task)) => self.task = Some(task),
                    Ok(None) if self.has_news(&filling) => return Ok(self.hand_over(filling)),
                    Ok(None) => return Ok(Step::Finished(self.receipt())),
                    Err(error) => {
                        self.failure = Some(error);
                        continue;
                    }
                }
            }
            // Rather before the first row than between two files of which rows are one thing.
            if filling.is_before_rows() && self.shared.client.budget().is_due() && self.has_news(&filling) {
                return Ok(self.hand_over(filling));
            }
            let Some(task) = &mut self.task else { continue };
            match task.step(&mut self.shared) {
                TaskStep::Went => self.moved = true,
                TaskStep::PageEnd => {
                    self.moved = true;
                    let elapsed_ms = self.shared.client.monotonic_ms().saturating_sub(started_ms);
                    if (self.shared.client.budget().is_due() || elapsed_ms >= MS_PER_STEP) && self.has_news(&filling) {
                        return Ok(self.hand_over(filling));
                    }
                }
                // The next call tells of the wait: what came before it must not wait too.
                TaskStep::Wait(_) if self.has_news(&filling) => return Ok(self.hand_over(filling)),
                TaskStep::Wait(wait) => return Ok(Step::Wait(wait)),
                TaskStep::Done => self.task_done(),
                TaskStep::Fatal(error) => self.failure = Some(error),
            }
        }
    }

    /// Moves queued events into the batch; `false` when one does not fit.
    fn drain(&mut self, filling: &mut Filling) -> bool {
        while let Some(length) = self.shared.events.next_document_len() {
            if !filling.fits(length) {
                return false;
            }
            let Some(event) = self.shared.events.pop() else { break };
            let kind = event.kind;
            let reading = self.task.as_ref().map_or(0, Task::reading);
            let pushed = filling.push(event, reading);
            if let Some(task) = &mut self.task
                && kind != Kind::Snapshot
                && pushed == Pushed::New
            {
                task.count_event(kind);
            }
        }
        if let Some(task) = &mut self.task {
            task.settle();
        }
        true
    }

    /// Whether a batch would tell the host anything: what was sent ahead may be answered without a new position.
    fn has_news(&mut self, filling: &Filling) -> bool {
        if !filling.is_empty() {
            return true;
        }
        self.moved = self.moved && self.checkpoint() != self.given;
        self.moved
    }

    fn hand_over(&mut self, filling: Filling) -> Step {
        self.moved = false;
        let checkpoint = self.checkpoint();
        self.given.clone_from(&checkpoint);
        self.shared.client.budget().saved();
        self.shared.roster.handed_over();
        if let Some(task) = &mut self.task {
            task.handed_over();
        }
        Step::Batch(Batch { events: filling.into_events(), checkpoint, progress: self.progress() })
    }

    fn checkpoint(&mut self) -> String {
        let mut run = Run {
            id: self.run.clone(),
            started_ms: self.started_ms,
            life: self.shared.events.sequence().life(),
            sign_in_calls: self.sign_in_calls(),
            opened: self.opened,
            done: self.done.clone(),
            current: None,
        };
        match &self.task {
            Some(task) if task.mode() == Mode::Emit => run.current = task.current(),
            // A list of devices is made anew by the next session; only its account is kept.
            Some(task) => {
                run.done.push(task.receipt().clone());
                run.current.clone_from(&self.resumed);
            }
            None => run.current.clone_from(&self.resumed),
        }
        let mut checkpoint = self.between_runs();
        checkpoint.run = Some(run);
        checkpoint.write()
    }

    /// Where the next run starts.
    fn between_runs(&mut self) -> Checkpoint {
        let mut checkpoint = Checkpoint::empty(&self.shared.config);
        checkpoint.budget = self.shared.client.budget().clone();
        checkpoint.cursors = self.shared.cursors.clone();
        checkpoint.figures = self.shared.figures.clone();
        checkpoint.round = self.shared.round.clone();
        checkpoint.gone = self.shared.gone.clone();
        checkpoint
    }

    /// The task that comes next; `None` when all are done.
    fn next_task(&mut self) -> Result<Option<Task>, SourceError> {
        let Some(selection) = self.waiting.front().copied() else { return Ok(None) };
        let name = selection.dataset.name.as_str();
        let settled = match &self.resumed {
            Some(current) if current.receipt.dataset == name => selection.settled(&current.receipt.strategy),
            _ => selection,
        };
        if needs_machines(&settled, &self.shared.config) && self.shared.roster.coverage() == Coverage::Unread {
            return Ok(Some(self.roster_task()));
        }
        self.waiting.pop_front();
        Ok(Some(match self.resumed.take_if(|current| current.receipt.dataset == name) {
            Some(current) => Task::resume(selection, current, &mut self.shared)?,
            None => Task::start(selection, Mode::Emit, None),
        }))
    }

    /// Reads the devices only to know them.
    fn roster_task(&mut self) -> Task {
        let selection = roster_selection();
        self.shared.roster = Roster::default();
        let known = self.done.iter().position(|receipt| receipt.dataset == devices::SPEC.name.as_str());
        match known {
            Some(position) => Task::start(selection, Mode::Reenroll, Some(self.done.remove(position))),
            None => Task::start(selection, Mode::Enroll, None),
        }
    }

    fn task_done(&mut self) {
        let Some(mut task) = self.task.take() else { return };
        let reads_machines = task.selection().dataset.name == devices::SPEC.name;
        if reads_machines && (task.read_from_start() || task.receipt().completeness != Completeness::Complete) {
            let complete = task.receipt().completeness == Completeness::Complete;
            self.shared.roster.close(if complete { Coverage::Whole } else { Coverage::Part });
            if complete && self.shared.wants_roster {
                self.shared.figures.devices = Some(self.shared.roster.len() as u64);
            }
        }
        if task.mode() != Mode::Reenroll {
            let Selection { dataset, strategy, .. } = *task.selection();
            self.shared.figures.enter(dataset, task.chosen(), strategy.name, task.receipt());
        }
        task.keep_first_verdict();
        self.shared.is_without_devices |= names_no_device(task.receipt());
        self.done.push(task.into_receipt());
        self.moved = true;
    }

    fn sign_in_calls(&self) -> u64 {
        self.sign_in_calls_before + self.shared.client.usage().sign_in_calls
    }

    fn receipts(&self) -> impl Iterator<Item = &DatasetReceipt> {
        self.done.iter().chain(self.task.as_ref().map(Task::receipt))
    }

    fn progress(&self) -> Progress {
        let mut progress = Progress {
            dataset: self.task.as_ref().map_or("", |task| task.selection().dataset.name.as_str()).to_owned(),
            calls: self.sign_in_calls(),
            ..Progress::default()
        };
        for receipt in self.receipts() {
            progress.received += receipt.received;
            progress.events += receipt.events.sum();
            progress.calls += receipt.calls;
            progress.bytes += receipt.bytes;
        }
        progress
    }

    fn receipt(&mut self) -> Receipt {
        // Devices that were read again after a restart come last in `done`.
        let names = ALL.iter().map(|spec| spec.name.as_str());
        let accounts = names.flat_map(|name| self.done.iter().filter(move |account| account.dataset == name));
        let datasets = accounts.cloned().collect();
        Receipt {
            run: self.run.clone(),
            started_ms: self.started_ms,
            finished_ms: self.shared.client.wall_ms(),
            sign_in_calls: self.sign_in_calls(),
            datasets,
            checkpoint: self.between_runs().write(),
        }
    }
}

/// Whether an account is one of the whole list of devices, in which there was none.
fn names_no_device(account: &DatasetReceipt) -> bool {
    account.dataset == devices::SPEC.name.as_str()
        && account.completeness == Completeness::Complete
        && account.received == 0
}
