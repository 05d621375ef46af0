//! Reading one dataset, step by step.

use std::collections::VecDeque;

use defender_client::error::SourceError;
use defender_client::paging::{BadRow, Collection, PagePosition, Poll};
use defender_client::request::{Call, Client, Wait};
use defender_rows::event::{EventWriter, Kind, SnapshotEnd};
use defender_rows::tally::RejectReason;

use crate::catalog::{Strategy, devices};
use crate::config::{Config, Selection};
use crate::datasets::{History, Outcome};
use crate::diagnose::{Completeness, DatasetReceipt, Failure, ROSTER};
use crate::memory::{Coverage, DeviceFilter, Roster, Seen};
use crate::plan::{Choice, Cursors, Figures, Gone};
use crate::session::round::{Order, Round};

/// How often a dataset or a subject is started over because it changed while it was read.
const RESTARTS_MAX: u32 = 3;

/// What tasks of a session share.
pub(in crate::session) struct Shared {
    pub(in crate::session) config: Config,
    pub(in crate::session) client: Client,
    /// What the runs before read last.
    pub(in crate::session) cursors: Cursors,
    /// How much the runs before found.
    pub(in crate::session) figures: Figures,
    /// How far users were asked for, device by device.
    pub(in crate::session) round: Option<Round>,
    /// What the service lists and has nothing of.
    pub(in crate::session) gone: Gone,
    pub(in crate::session) events: EventWriter,
    pub(in crate::session) filter: DeviceFilter,
    pub(in crate::session) roster: Roster,
    /// Whether devices are to be remembered in `roster`.
    pub(in crate::session) wants_roster: bool,
    /// Whether the list of devices was read to its end in this run, and named none.
    pub(in crate::session) is_without_devices: bool,
}

impl Shared {
    /// Number of devices, where all of them are remembered.
    pub(super) fn all_devices(&self) -> Option<u64> {
        (self.wants_roster && self.roster.coverage() == Coverage::Whole).then_some(self.roster.len() as u64)
    }
}

/// What a task does with the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Mode {
    /// Turns them into events.
    Emit,
    /// Remembers the devices for the tasks that need them. The rows are new to the receipt.
    Enroll,
    /// The same, after a session that read them before.
    Reenroll,
}

/// Reading one dataset.
pub(in crate::session) struct Task {
    pub(super) selection: Selection,
    pub(super) mode: Mode,
    pub(super) receipt: DatasetReceipt,
    pub(super) stage: Stage,
    pub(super) catalogue: Vec<CatalogueEntry>,
    /// Where the subjects go on, kept while the catalogue is read again only to know its entries.
    pub(super) resume: Option<(String, PagePosition)>,
    /// Where emitting changes goes on if the window still is the one with this sum, kept while it is looked through.
    pub(super) resume_changes: Option<(u64, PagePosition)>,
    /// The way that was chosen, and the one that remains where that led nowhere.
    pub(super) chosen: Strategy,
    pub(super) instead: Option<Choice>,
    /// Why there may be changes that were not read, where the whole is read in their place.
    pub(super) unread_changes: Option<SourceError>,
    /// Subjects behind the current one that were asked about already, by number and in order.
    pub(super) ahead: VecDeque<(usize, Box<Collection>)>,
    /// The first subjects of which two runs found nothing.
    pub(super) gone: Vec<String>,
    /// Records received and rejected when the last page or file was over.
    pub(super) before_page: (u64, u64),
    /// The devices to ask about, where they are too many for one run.
    pub(super) order: Option<Order>,
    pub(super) seen: Seen,
    /// What the events in the queue belong to.
    pub(super) open: Open,
    pub(super) failed_in_a_row: u32,
    pub(super) restarts: u32,
    /// The snapshot that was read to its end.
    pub(super) snapshot: Option<String>,
    /// How far the first reading got, where rows are read again only to know them.
    pub(super) first_verdict: Option<(Completeness, Option<Failure>)>,
    /// Whether the task began at the beginning of its dataset in this session.
    pub(super) read_from_start: bool,
    /// Whether the beginning of the snapshot was marked. Not before the service answered: a refused sign-in is no
    /// snapshot.
    pub(super) begun: bool,
    /// When the service first answered in this reading, milliseconds since the epoch.
    pub(super) began_ms: Option<i64>,
    /// What earlier runs told of the dataset, by the cursor that the run began with.
    pub(super) history: History,
}

pub(super) struct CatalogueEntry {
    pub(super) id: String,
    pub(super) record: Box<str>,
}

pub(super) enum Stage {
    /// Nothing asked yet.
    Begin,
    /// Signing in, to learn which ways are open.
    Asking(Box<Call>),
    /// In the collection over the whole tenant.
    Tenant(Box<Collection>),
    /// In the requests about one subject each.
    Subjects { after: String, index: usize, current: Option<Box<Collection>>, at: PagePosition },
    /// Everything was read, and the end is to be marked.
    Ending,
    /// The end was marked.
    Finished,
}

/// What the events in the queue belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    Nothing,
    Begin,
    /// A row, of which an event was new or none so far.
    Row {
        is_new: bool,
    },
}

/// What a step came to.
pub(in crate::session) enum TaskStep {
    /// Something was done.
    Went,
    /// A page was read to its end: a good place to return to the host.
    PageEnd,
    /// Come back later.
    Wait(Wait),
    /// The dataset is done with.
    Done,
    /// Nothing more can be read in this session.
    Fatal(SourceError),
}

impl Task {
    /// A task that starts its dataset.
    pub(in crate::session) fn start(selection: Selection, mode: Mode, receipt: Option<DatasetReceipt>) -> Self {
        let strategy = if mode == Mode::Emit { selection.strategy.name.as_str() } else { ROSTER };
        let first_verdict = receipt
            .as_ref()
            .filter(|_| mode == Mode::Reenroll)
            .map(|receipt| (receipt.completeness, receipt.failure.clone()));
        Self {
            selection,
            mode,
            receipt: receipt.unwrap_or_else(|| DatasetReceipt::new(selection.dataset.name.as_str(), strategy)),
            stage: Stage::Begin,
            catalogue: Vec::new(),
            resume: None,
            resume_changes: None,
            chosen: selection.strategy.name,
            instead: None,
            unread_changes: None,
            ahead: VecDeque::new(),
            gone: Vec::new(),
            before_page: (0, 0),
            order: None,
            seen: Seen::default(),
            open: Open::Nothing,
            failed_in_a_row: 0,
            restarts: 0,
            snapshot: None,
            first_verdict,
            read_from_start: true,
            begun: false,
            began_ms: None,
            history: History::default(),
        }
    }

    /// The way that was chosen, whichever was taken.
    pub(in crate::session) fn chosen(&self) -> Strategy {
        self.chosen
    }

    pub(in crate::session) fn selection(&self) -> &Selection {
        &self.selection
    }

    pub(in crate::session) fn mode(&self) -> Mode {
        self.mode
    }

    /// What was read once stays read: a second reading that fails takes nothing back.
    pub(in crate::session) fn keep_first_verdict(&mut self) {
        if let Some(first) = self.first_verdict.take() {
            (self.receipt.completeness, self.receipt.failure) = first;
        }
    }

    pub(in crate::session) fn read_from_start(&self) -> bool {
        self.read_from_start
    }

    pub(in crate::session) fn receipt(&self) -> &DatasetReceipt {
        &self.receipt
    }

    /// Which of the times that the dataset is read this is: what changed under its hands is read once more.
    pub(in crate::session) fn reading(&self) -> u32 {
        self.restarts
    }

    /// Enters an event that was taken from the queue and is one with no other.
    pub(in crate::session) fn count_event(&mut self, kind: Kind) {
        self.receipt.events.count(kind.as_str());
        if let Open::Row { is_new } = &mut self.open {
            *is_new = true;
        }
    }

    /// A batch was handed over: its rows are told, and none can take the place of another any more.
    pub(in crate::session) fn handed_over(&mut self) {
        self.seen.handed_over();
    }

    pub(in crate::session) fn into_receipt(self) -> DatasetReceipt {
        self.receipt
    }

    /// Closes the account of the row whose last event was taken from the queue. One whose events are all one with others
    /// told of nothing new.
    pub(in crate::session) fn settle(&mut self) {
        match self.open {
            Open::Row { is_new: true } => self.receipt.enter(Outcome::Emitted),
            Open::Row { is_new: false } => self.receipt.enter(Outcome::Duplicate),
            Open::Nothing | Open::Begin => {}
        }
        self.open = Open::Nothing;
    }

    /// Does one thing. The queue of events must be empty.
    pub(in crate::session) fn step(&mut self, shared: &mut Shared) -> TaskStep {
        let calls = shared.client.usage().calls;
        let step = match &mut self.stage {
            Stage::Begin => self.begin(shared),
            Stage::Asking(_) => self.ask_graph(shared),
            Stage::Tenant(_) => self.tenant(shared),
            Stage::Subjects { .. } => self.subjects(shared),
            Stage::Ending => self.finish(shared),
            Stage::Finished => TaskStep::Done,
        };
        self.receipt.calls += shared.client.usage().calls - calls;
        if let Stage::Tenant(collection) | Stage::Subjects { current: Some(collection), .. } = &mut self.stage {
            self.receipt.bytes += collection.take_bytes();
        }
        if let TaskStep::Wait(wait) = &step
            && wait.is_new
        {
            self.receipt.waits += 1;
            self.receipt.waited_ms += wait.millis;
        }
        step
    }

    /// Whether what changed under the task's hands may be read once more from its start.
    pub(super) fn may_restart(&mut self) -> bool {
        self.restarts += 1;
        self.restarts <= RESTARTS_MAX
    }

    /// Starts the dataset over. What was emitted of it stays true for its time; its account begins anew, except for what
    /// was spent.
    pub(super) fn restart(&mut self, shared: &mut Shared) -> TaskStep {
        // What was read for the receipt stays read when it is read again only to know it.
        if self.mode != Mode::Reenroll {
            self.receipt.start_over();
        }
        self.receipt.tolerated.count("restarted");
        self.stage = Stage::Begin;
        self.catalogue.clear();
        // Where an earlier session stopped is a place of the reading that is given up.
        (self.resume, self.resume_changes) = (None, None);
        if self.selection.dataset.name == devices::SPEC.name {
            shared.roster = Roster::default();
            shared.filter.start_over();
        }
        self.seen = Seen::default();
        self.before_page = (0, 0);
        (self.begun, self.read_from_start) = (false, true);
        self.began_ms = None;
        TaskStep::Went
    }

    pub(super) fn begin(&mut self, shared: &mut Shared) -> TaskStep {
        if self.mode == Mode::Emit && !self.choose(shared) {
            return TaskStep::Went;
        }
        if self.lacks_devices(shared) {
            self.stage = Stage::Finished;
            return TaskStep::Went;
        }
        self.stage = match self.tenant_route() {
            Some(_) => match self.tenant_collection(shared, PagePosition::start()) {
                Ok(collection) => Stage::Tenant(Box::new(collection)),
                Err(error) => return TaskStep::Fatal(error),
            },
            None => {
                if self.is_too_long(shared) {
                    let mut none = None;
                    let round = if self.receipt.completeness == Completeness::Complete {
                        self.receipt.completeness = Completeness::Portion;
                        &mut shared.round
                    } else {
                        // The list lacks devices, which a round that went on would pass over.
                        shared.round = None;
                        &mut none
                    };
                    self.order = Some(Order::new(round, &shared.roster));
                }
                Stage::Subjects { after: String::new(), index: 0, current: None, at: PagePosition::start() }
            }
        };
        TaskStep::Went
    }

    /// Marks the beginning of the snapshot, once.
    pub(super) fn mark_begin(&mut self, shared: &mut Shared) {
        let now_ms = shared.client.wall_ms();
        if !self.begun {
            self.began_ms = Some(now_ms);
        }
        if self.mode == Mode::Emit && !self.begun && !self.reads_changes() {
            shared.events.collected_at(now_ms);
            shared.events.snapshot_begin(self.selection.dataset.name.as_str());
            self.open = Open::Begin;
        }
        self.begun = true;
    }

    /// What every collection does alike.
    pub(super) fn common(&mut self, poll: Poll, shared: &mut Shared) -> TaskStep {
        match poll {
            Poll::Answered => self.mark_begin(shared),
            Poll::Repeated => self.receipt.enter_again(),
            Poll::Bad(bad) => {
                let outcome = Outcome::Rejected(reason(bad));
                self.note_damage(outcome);
                self.receipt.enter(outcome);
            }
            Poll::PageEnd => {
                self.receipt.pages += 1;
                if let Stage::Tenant(collection) = &self.stage {
                    self.seen.whole(collection.is_settled());
                }
                return self.unusable_file().map_or(TaskStep::PageEnd, |error| self.file_lost(error, shared));
            }
            Poll::Cut => {
                self.receipt.pages += 1;
                self.receipt.tolerated.count("query_divided");
                self.seen.cut();
                return TaskStep::PageEnd;
            }
            Poll::Wait(wait) => return TaskStep::Wait(wait),
            Poll::Fatal(error) => return TaskStep::Fatal(error),
            Poll::Late => self.receipt.tolerated.count("file_late"),
            Poll::Row | Poll::End | Poll::Unchanged | Poll::Changed(_) | Poll::Lost(_) | Poll::Failed(_) => {}
        }
        TaskStep::Went
    }

    /// Notes that the dataset is not complete if a row that could not be used is no JSON object: whoever wrote that may
    /// have written less than there is. Reading goes on: what comes is true all the same.
    pub(super) fn note_damage(&mut self, outcome: Outcome) {
        let (Stage::Tenant(collection) | Stage::Subjects { current: Some(collection), .. }) = &self.stage else {
            return;
        };
        if outcome == Outcome::Rejected(RejectReason::Malformed)
            && let Some(error) = collection.damage()
        {
            self.receipt.fail(error);
        }
    }

    /// Enters a row now, or leaves that to [`Task::settle`] while its events wait in the queue.
    pub(super) fn enter(&mut self, outcome: Outcome, shared: &Shared) {
        if shared.events.is_empty() {
            self.receipt.enter(outcome);
        } else {
            self.open = Open::Row { is_new: false };
        }
    }

    /// Ends the dataset. Only a complete read closes its snapshot.
    pub(super) fn finish(&mut self, shared: &mut Shared) -> TaskStep {
        self.stage = Stage::Finished;
        self.hold_to_share(shared);
        if self.mode != Mode::Emit || self.receipt.completeness != Completeness::Complete {
            return TaskStep::Went;
        }
        self.keep_cursor(shared);
        if self.reads_changes() {
            self.receipt.completeness = Completeness::Changes;
        } else {
            self.mark_begin(shared);
            shared.events.collected_at(shared.client.wall_ms());
            let (emitted, received) = (self.receipt.emitted, self.receipt.received_once());
            let (rejected, filtered) = (self.receipt.rejected.sum(), self.receipt.filtered.sum());
            let end = SnapshotEnd { count: emitted, received, rejected, filtered };
            shared.events.snapshot_end(self.selection.dataset.name.as_str(), end);
        }
        TaskStep::Went
    }
}

/// Why an element of an answer could not be used, as accounts have it.
fn reason(bad: BadRow) -> RejectReason {
    match bad {
        BadRow::Malformed => RejectReason::Malformed,
        BadRow::TooLarge => RejectReason::TooLarge,
        BadRow::TooDeep => RejectReason::TooDeep,
    }
}
