//! When the host is killed: at the n-th passage of one kind of place. From then on nothing that the host was asked for
//! happens, as if the machine had lost power, and whoever holds the instance drops it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A place at which the host can be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Site {
    /// The component reads a clock.
    ClockRead,
    /// The component sends a request; the service never sees it.
    Request,
    /// The service has answered; the component never sees it.
    Answer,
    /// A part of a body is on its way.
    Body,
    /// An event is about to be written: those before it in its batch are, those after it are not.
    Event,
    /// All events of a batch are written, and the sink has not said so.
    Durable,
    /// They are durable, and the checkpoint is not stored.
    Save,
    /// The checkpoint is stored, and the component was not called again.
    Saved,
    /// The run is over, and the checkpoint is not forgotten.
    Finish,
}

impl Site {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::ClockRead,
        Self::Request,
        Self::Answer,
        Self::Body,
        Self::Event,
        Self::Durable,
        Self::Save,
        Self::Saved,
        Self::Finish,
    ];

    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ClockRead => "clock read",
            Self::Request => "request",
            Self::Answer => "answer",
            Self::Body => "body",
            Self::Event => "event",
            Self::Durable => "durable",
            Self::Save => "save",
            Self::Saved => "saved",
            Self::Finish => "finish",
        }
    }
}

/// The host is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Killed;

/// Kills the host once.
#[derive(Debug)]
pub(crate) struct Fuse {
    site: Option<Site>,
    nth: u64,
    passed: AtomicU64,
    clock_reads: Arc<AtomicU64>,
    blown: AtomicBool,
}

impl Fuse {
    /// One that goes at the `nth` passage of a place, counted from 1.
    pub(crate) fn at(site: Site, nth: u64) -> Self {
        Self { site: Some(site), nth: nth.max(1), ..Self::never() }
    }

    /// One that never goes.
    pub(crate) fn never() -> Self {
        Self {
            site: None,
            nth: 0,
            passed: AtomicU64::new(0),
            clock_reads: Arc::default(),
            blown: AtomicBool::new(false),
        }
    }

    /// The host passes a place.
    ///
    /// # Errors
    /// When it is killed there, and for ever after.
    pub(crate) fn pass(&self, site: Site) -> Result<(), Killed> {
        if self.site == Some(site) && self.passed.fetch_add(1, Ordering::Relaxed) + 1 >= self.nth {
            self.blown.store(true, Ordering::Relaxed);
        }
        if self.is_blown() { Err(Killed) } else { Ok(()) }
    }

    /// Where reads of the component's clock are counted. A read cannot fail; what comes after it does.
    pub(crate) fn clock_reads(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.clock_reads)
    }

    /// Whether the host is gone.
    pub(crate) fn is_blown(&self) -> bool {
        self.blown.load(Ordering::Relaxed)
            || (self.site == Some(Site::ClockRead) && self.clock_reads.load(Ordering::Relaxed) >= self.nth)
    }

    /// Where it is to go.
    pub(crate) fn site(&self) -> Option<Site> {
        self.site
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_once_and_stays_gone() {
        let fuse = Fuse::at(Site::Event, 2);
        assert_eq!(fuse.pass(Site::Event), Ok(()));
        assert_eq!(fuse.pass(Site::Request), Ok(()));
        assert_eq!(fuse.pass(Site::Event), Err(Killed));
        assert_eq!(fuse.pass(Site::Request), Err(Killed));
        assert!(fuse.is_blown());
    }

    #[test]
    fn a_read_of_the_clock_kills_what_follows() {
        let fuse = Fuse::at(Site::ClockRead, 2);
        let reads = fuse.clock_reads();
        reads.fetch_add(1, Ordering::Relaxed);
        assert_eq!(fuse.pass(Site::Body), Ok(()));
        reads.fetch_add(1, Ordering::Relaxed);
        assert_eq!(fuse.pass(Site::Body), Err(Killed));
    }

    #[test]
    fn one_that_never_goes_never_goes() {
        let fuse = Fuse::never();
        assert!(Site::ALL.into_iter().all(|site| fuse.pass(site).is_ok()));
    }
}
