//! Between whoever pulls and whoever commits.
//!
//! | queue | where batches are committed |
//! |---|---|
//! | [`InTurn`] | on the thread that pulls, when more of them wait than may |
//! | [`Apart`] | on a thread of their own, as soon as it can |
//!
//! In both the order is the same, and so is what may be lost at any moment: no more batches than may wait, and a group.

use super::commit::{Committer, Tally};
use super::pull::Pulled;
use super::{Observer, RunError};
use crate::contract::{Batch, Progress, Receipt};
use crate::sink::Sink;
use crate::store::Store;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Takes batches, in order. After an error there is nothing more to be asked of it.
pub(super) trait Queue {
    /// Takes a batch; waits for room.
    fn give(&mut self, batch: Batch, observer: &mut dyn Observer) -> Result<(), RunError>;
    /// Returns when everything is durable that was given, and its position stored. After an error there is nothing to be
    /// made durable.
    fn settle(&mut self, observer: &mut dyn Observer) -> Result<(), RunError>;
    /// The run is over.
    fn finish(&mut self, receipt: &Receipt, observer: &mut dyn Observer) -> Result<(), RunError>;
    /// Returns if something fails while nobody asks.
    async fn failed(&mut self) -> RunError;
}

/// Commits on the thread that pulls.
pub(super) struct InTurn<'a, S: ?Sized, T: ?Sized> {
    committer: Committer<'a, S, T>,
    waiting: VecDeque<Batch>,
    ahead: usize,
    has_failed: bool,
}

impl<'a, S: Sink + ?Sized, T: Store + ?Sized> InTurn<'a, S, T> {
    /// At most so many batches wait.
    pub(super) fn new(committer: Committer<'a, S, T>, ahead: usize) -> Self {
        Self { committer, waiting: VecDeque::new(), ahead, has_failed: false }
    }

    /// Ends a run that did not fail.
    pub(super) fn end(self) -> Result<Tally, RunError> {
        self.committer.end()
    }

    /// Commits batches until so many are left.
    fn work(&mut self, left: usize, observer: &mut dyn Observer) -> Result<(), RunError> {
        while self.waiting.len() > left
            && let Some(batch) = self.waiting.pop_front()
        {
            let taken = self.committer.take(batch);
            self.tell(taken, observer)?;
        }
        Ok(())
    }

    fn tell(&mut self, done: Result<Option<Progress>, RunError>, observer: &mut dyn Observer) -> Result<(), RunError> {
        self.has_failed |= done.is_err();
        if let Some(progress) = done? {
            observer.progress(&progress);
        }
        Ok(())
    }
}

impl<S: Sink + ?Sized, T: Store + ?Sized> Queue for InTurn<'_, S, T> {
    fn give(&mut self, batch: Batch, observer: &mut dyn Observer) -> Result<(), RunError> {
        self.waiting.push_back(batch);
        self.work(self.ahead, observer)
    }

    fn settle(&mut self, observer: &mut dyn Observer) -> Result<(), RunError> {
        if self.has_failed {
            return Ok(());
        }
        self.work(0, observer)?;
        let committed = self.committer.commit();
        self.tell(committed, observer)
    }

    fn finish(&mut self, receipt: &Receipt, observer: &mut dyn Observer) -> Result<(), RunError> {
        self.work(0, observer)?;
        let finished = self.committer.finish(receipt);
        self.tell(finished, observer)
    }

    async fn failed(&mut self) -> RunError {
        std::future::pending().await
    }
}

/// What is asked of the thread that commits.
enum Order {
    Batch(Batch),
    Settle,
    Finish(Box<Receipt>),
}

/// What it has to say.
enum Reply {
    /// A group is durable.
    Progress(Progress),
    /// What was asked for last is done: everything is durable.
    Done,
    /// It has ended.
    Failed(RunError),
}

/// Commits on a thread of its own.
pub(super) struct Apart<'a> {
    orders: SyncSender<Order>,
    replies: Receiver<Reply>,
    alarm: &'a Notify,
    has_failed: bool,
}

impl Apart<'_> {
    /// Passes an order on, and waits for what comes of it if it is one that is answered.
    fn ask(&mut self, order: Order, observer: &mut dyn Observer) -> Result<(), RunError> {
        let is_answered = !matches!(order, Order::Batch(_));
        // A thread that takes no more orders has said why.
        let is_gone = self.orders.send(order).is_err();
        self.hear(observer, is_answered || is_gone)
    }

    /// Hears what there is to hear, and waits for the last of it if it has to come.
    fn hear(&mut self, observer: &mut dyn Observer, has_to_come: bool) -> Result<(), RunError> {
        loop {
            let reply = if has_to_come { self.replies.recv().ok() } else { self.replies.try_recv().ok() };
            match reply {
                Some(Reply::Progress(progress)) => observer.progress(&progress),
                Some(Reply::Failed(error)) => {
                    self.has_failed = true;
                    return Err(error);
                }
                None if has_to_come => {
                    self.has_failed = true;
                    return Err(lost());
                }
                Some(Reply::Done) | None => return Ok(()),
            }
        }
    }
}

impl Queue for Apart<'_> {
    fn give(&mut self, batch: Batch, observer: &mut dyn Observer) -> Result<(), RunError> {
        self.ask(Order::Batch(batch), observer)
    }

    fn settle(&mut self, observer: &mut dyn Observer) -> Result<(), RunError> {
        if self.has_failed {
            return Ok(());
        }
        self.ask(Order::Settle, observer)
    }

    fn finish(&mut self, receipt: &Receipt, observer: &mut dyn Observer) -> Result<(), RunError> {
        self.ask(Order::Finish(Box::new(receipt.clone())), observer)
    }

    async fn failed(&mut self) -> RunError {
        self.alarm.notified().await;
        // Progress is of no interest any more.
        self.hear(&mut (), true).err().unwrap_or_else(lost)
    }
}

/// It panicked, which is passed on where it is joined.
fn lost() -> RunError {
    RunError::Thread(std::io::Error::other("it ended without a word"))
}

/// Pulls with a queue behind which a thread commits; returns when that has ended. A group waits no longer than `longest`
/// for more batches.
pub(super) fn apart<S, T>(
    committer: Committer<'_, S, T>,
    ahead: usize,
    longest: Duration,
    pull: impl FnOnce(&mut Apart<'_>) -> Result<Pulled, RunError>,
) -> Result<(Pulled, Tally), RunError>
where
    S: Sink + Send + ?Sized,
    T: Store + Send + ?Sized,
{
    let alarm = Notify::new();
    let (orders, inbox) = sync_channel(ahead);
    let (outbox, replies) = channel();
    std::thread::scope(|scope| {
        let clerk = Clerk { committer, inbox, outbox, alarm: &alarm, longest, due: None };
        let thread = std::thread::Builder::new().name("commit".into());
        let thread = thread.spawn_scoped(scope, move || clerk.work()).map_err(RunError::Thread)?;
        let mut queue = Apart { orders, replies, alarm: &alarm, has_failed: false };
        let pulled = pull(&mut queue);
        // Without orders to wait for the thread ends.
        drop(queue);
        match thread.join() {
            Ok(committer) => pulled.and_then(|pulled| Ok((pulled, committer.end()?))),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// The thread that commits.
struct Clerk<'a, S: ?Sized, T: ?Sized> {
    committer: Committer<'a, S, T>,
    inbox: Receiver<Order>,
    outbox: Sender<Reply>,
    alarm: &'a Notify,
    longest: Duration,
    /// When the group is committed, whether it is large or not.
    due: Option<Instant>,
}

impl<'a, S: Sink + ?Sized, T: Store + ?Sized> Clerk<'a, S, T> {
    fn work(mut self) -> Committer<'a, S, T> {
        let _alarm = Alarm(self.alarm);
        if let Err(error) = self.orders() {
            let _ = self.outbox.send(Reply::Failed(error));
        }
        self.committer
    }

    fn orders(&mut self) -> Result<(), RunError> {
        loop {
            let order = match self.due {
                None => self.inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => self.inbox.recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            let is_answered = matches!(order, Ok(Order::Settle | Order::Finish(_)));
            let progress = match order {
                Ok(Order::Batch(batch)) => self.committer.take(batch)?,
                Ok(Order::Finish(receipt)) => self.committer.finish(&receipt)?,
                Ok(Order::Settle) | Err(RecvTimeoutError::Timeout) => self.committer.commit()?,
                // What nobody asks to be settled any more stays undone.
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            // One who does not listen any more has no use for it.
            if let Some(progress) = progress {
                let _ = self.outbox.send(Reply::Progress(progress));
            }
            if is_answered {
                let _ = self.outbox.send(Reply::Done);
            }
            self.due = match self.committer.is_behind() {
                true => self.due.or_else(|| Instant::now().checked_add(self.longest)),
                false => None,
            };
        }
    }
}

/// Goes off when the thread ends, also in a panic: nobody must wait for what does not come.
struct Alarm<'a>(&'a Notify);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}
