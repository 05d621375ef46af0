//! The inventory: what is known of every asset, over runs. A store that remembers more than a position.
//!
//! With it only news is delivered: an event that says what is known already is kept out, and an asset that is gone gets
//! a tombstone. The tables, the rules by which something is gone, and the promise are in `docs/inventory.md`.
//!
//! Everything that a batch changes, its checkpoint with it, is one transaction that is committed after the sink made
//! the batch durable. So a crash repeats events and never loses one, and the file never says what was not delivered.
//!
//! | room | job |
//! |---|---|
//! | `database`, `frozen`, `schema`, `introduce` | the file, its lock, its tables, and how older files become current ones |
//! | `keys`, `names`, `documents` | keys, words and documents in few bytes |
//! | `numbers` | the numbers of tombstones |
//! | `head`, `ledger`, `pending` | what an event says, what it changes, and what of that can be written later |
//! | `book`, `clerk` | the transactions of a run, on a thread of their own |
//! | `activity` | whether a finding is new or changed |
//! | `scope`, `absence`, `tombstone` | what may be concluded from what was not seen |
//! | `resting`, `targets` | what goes with a device |
//! | `query`, `sql` | reading, for people |
//! | `seal`, `quick`, `verify` | checksums, and looking for damage at each start and on demand |

mod absence;
mod account;
mod activity;
mod book;
mod clerk;
mod database;
mod documents;
mod error;
mod frozen;
mod head;
mod introduce;
mod judged;
mod keys;
mod ledger;
mod names;
mod numbers;
mod pending;
mod query;
mod quick;
mod resting;
mod rests_on;
mod schema;
mod scope;
mod seal;
mod sql;
mod state;
mod targets;
mod tombstone;
mod verify;

use crate::clock::Clock;
use crate::contract::{Descriptor, Event, Receipt};
use crate::lock::Lock;
use book::Book;
use clerk::Clerk;
use database::Database;
use ledger::Ledger;
use std::path::PathBuf;

pub use absence::{ALWAYS_ALLOWED, Rules};
pub use account::{Account, Held, Refused};
pub use error::InventoryError;
pub use query::{Asset, Change, Counts, Dataset, Inspection, Reader, Relation, Summary};
pub use sql::{Cell, Rows, Table};
pub use state::State;
pub use verify::Verdict;

/// An inventory, open for one run. A thread of its own writes it: `Store::save` returns before its transaction is
/// committed, and what goes wrong there is said by the call that follows, whichever it is. Dropping it waits until all is
/// written.
pub struct Inventory {
    clerk: Clerk,
    clock: Clock,
}

impl Inventory {
    /// Opens the file for a run of a source with a configuration, as JSON. Makes the file if it is not there. What is
    /// wrong with the file is found here, before the source is asked anything.
    ///
    /// # Errors
    /// [`InventoryError`]: the file is foreign, newer, locked, damaged or cannot be written.
    pub fn open(
        path: PathBuf,
        rules: Rules,
        about: &Descriptor,
        config: &str,
        clock: Clock,
    ) -> Result<Self, InventoryError> {
        Self::on(Database::own(&path)?, rules, about, config, clock)
    }

    /// The same for who holds the lock on the path already, and keeps it as long as this lives.
    ///
    /// # Errors
    /// [`InventoryError`]: the file is foreign, newer or cannot be written.
    pub fn open_held(
        path: PathBuf,
        _: &Lock,
        rules: Rules,
        about: &Descriptor,
        config: &str,
        clock: Clock,
    ) -> Result<Self, InventoryError> {
        Self::on(Database::held(&path)?, rules, about, config, clock)
    }

    /// The same without a file: for simulations.
    ///
    /// # Errors
    /// [`InventoryError`] if there is no memory for it.
    pub fn in_memory(rules: Rules, about: &Descriptor, config: &str, clock: Clock) -> Result<Self, InventoryError> {
        Self::on(Database::in_memory()?, rules, about, config, clock)
    }

    fn on(
        database: Database,
        rules: Rules,
        about: &Descriptor,
        config: &str,
        clock: Clock,
    ) -> Result<Self, InventoryError> {
        let ledger = Ledger::new(&about.version, &about.datasets, config);
        let book = Book::open(database, ledger, rules, (&about.name, &about.version))?;
        Ok(Self { clerk: Clerk::start(book)?, clock })
    }

    /// The position to continue from, if there is one.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be read.
    pub fn checkpoint(&self) -> Result<Option<String>, InventoryError> {
        self.clerk.ask(Book::checkpoint)
    }

    /// Forgets the position. What is known of the assets stays.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be written.
    pub fn reset(&mut self) -> Result<(), InventoryError> {
        self.clerk.ask(Book::reset)
    }

    /// Bounds the size of the file in bytes, as a small disk would. For tests and for quotas.
    ///
    /// # Errors
    /// [`InventoryError`] if the database refuses.
    pub fn limit_size(&self, bytes: u64) -> Result<(), InventoryError> {
        self.clerk.ask(move |book| book.limit_size(bytes))
    }

    /// Starts as a new process would: a transaction that was open is gone, and the account is empty.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be read.
    pub fn recover(&mut self) -> Result<(), InventoryError> {
        self.clerk.ask(Book::recover)
    }

    /// Key and kind of everything that is there, as far as is known.
    ///
    /// # Errors
    /// [`InventoryError`] if the file cannot be read.
    pub fn active(&self) -> Result<Vec<(String, String)>, InventoryError> {
        self.clerk.ask(|book| book.active())
    }

    /// What was entered since the file was opened.
    ///
    /// # Errors
    /// [`InventoryError`] if something that was to be written could not be.
    pub fn account(&self) -> Result<Account, InventoryError> {
        self.clerk.ask(|book| book.settled().map(|()| book.ledger.account.clone()))
    }

    /// Which of these events are news. What they change is written by the [`Inventory::keep`] that follows.
    pub(crate) fn news(&mut self, events: Vec<Event>) -> Result<Vec<Event>, InventoryError> {
        let now = self.clock.now();
        self.clerk.ask_early(move |book, answer| {
            let decided = book.decide(events, now);
            let is_decided = decided.is_ok();
            answer.give(decided);
            if is_decided {
                book.record();
            }
        })
    }

    /// Remembers a position, with everything that was news before it. Does not wait until it is written.
    pub(crate) fn keep(&mut self, checkpoint: &str) -> Result<(), InventoryError> {
        let (checkpoint, now) = (checkpoint.to_owned(), self.clock.now());
        self.clerk.tell(move |book| book.save(&checkpoint, now))
    }

    /// Returns when everything is written.
    pub(crate) fn settled(&self) -> Result<(), InventoryError> {
        self.clerk.ask(Book::settled)
    }

    /// Tombstones of what is gone, as far as the account of a run allows them; nothing once all were told.
    pub(crate) fn gone(&mut self, receipt: &Receipt) -> Result<Vec<Event>, InventoryError> {
        let (receipt, now) = (receipt.clone(), self.clock.now());
        self.clerk.ask(move |book| book.conclude(&receipt, now))
    }

    /// The run is over; the next one starts from a position.
    pub(crate) fn close(&mut self, checkpoint: &str) -> Result<(), InventoryError> {
        let (checkpoint, now) = (checkpoint.to_owned(), self.clock.now());
        self.clerk.ask(move |book| book.finish(&checkpoint, now))
    }
}
