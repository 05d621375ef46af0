//! The thread that writes the inventory while the source makes its next batch and the sink takes the last one.
//!
//! Jobs are done one after the other, in the order in which they were given, and all that were given are done before the
//! clerk goes.

use super::book::Book;
use super::error::InventoryError;
use std::sync::mpsc::{self, Sender};
use std::thread::{Builder, JoinHandle};

type Job = Box<dyn FnOnce(&mut Book) + Send>;

/// Keeps a book on a thread of its own.
pub(super) struct Clerk {
    /// Nothing once no more jobs come.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// The file, for messages.
    path: String,
}

/// Where one answer goes.
pub(super) struct Answer<T>(Sender<T>);

impl<T> Answer<T> {
    /// Answers. Whoever asked goes on, and what is left of the job is done meanwhile.
    pub(super) fn give(self, answer: T) {
        // Nobody waits any more if the whole run was given up.
        let _ = self.0.send(answer);
    }
}

impl Clerk {
    /// Starts the thread.
    pub(super) fn start(mut book: Book) -> Result<Self, InventoryError> {
        let path = book.database.shown();
        let (jobs, given) = mpsc::channel::<Job>();
        let work = move || {
            for job in given {
                job(&mut book);
            }
        };
        match Builder::new().name("inventory".into()).spawn(work) {
            Ok(thread) => Ok(Self { jobs: Some(jobs), thread: Some(thread), path }),
            Err(error) => Err(InventoryError::Unusable { path, cause: format!("no thread can be started: {error}") }),
        }
    }

    /// Gives a job and does not wait for it.
    pub(super) fn tell(&self, job: impl FnOnce(&mut Book) + Send + 'static) -> Result<(), InventoryError> {
        let given = self.jobs.as_ref().map(|jobs| jobs.send(Box::new(job)));
        given.and_then(Result::ok).ok_or_else(|| self.gone())
    }

    /// Gives a job and waits until it is done.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Book) -> Result<T, InventoryError> + Send + 'static,
    ) -> Result<T, InventoryError> {
        self.ask_early(|book, answer| answer.give(job(book)))
    }

    /// Gives a job that answers before it is done, and waits for the answer.
    pub(super) fn ask_early<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Book, Answer<Result<T, InventoryError>>) + Send + 'static,
    ) -> Result<T, InventoryError> {
        let (answer, answered) = mpsc::channel();
        self.tell(move |book| job(book, Answer(answer)))?;
        answered.recv().unwrap_or_else(|_| Err(self.gone()))
    }

    fn gone(&self) -> InventoryError {
        let cause = "the thread that writes it ended; this is a bug, please report it".to_owned();
        InventoryError::Unusable { path: self.path.clone(), cause }
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // Why it ended early was said where it was asked for something.
            let _ = thread.join();
        }
    }
}
