//! When the host is killed: at the n-th passage of one kind of place. From then on nothing that the host was asked for
//! happens, as if the machine had lost power, and whoever holds the instance drops it. In the same way, when somebody
//! comes to the door while it lives.

use super::site::Site;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// The host is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Killed;

/// One passage of one kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Passage {
    /// The place.
    pub(crate) site: Site,
    /// Which passage of it, counted from 1.
    pub(crate) nth: u64,
}

/// Somebody at the door, who is told where the host is.
type Caller = Box<dyn Fn(Site) + Send + Sync>;

/// Kills the host once, and lets somebody call on it once.
pub(crate) struct Fuse {
    kill: Option<Counted>,
    call: Option<Counted>,
    caller: OnceLock<Caller>,
    clock_reads: Arc<AtomicU64>,
    blown: AtomicBool,
}

/// A passage that is waited for.
struct Counted {
    at: Passage,
    passed: AtomicU64,
}

impl Counted {
    fn new(at: Passage) -> Self {
        Self { at: Passage { nth: at.nth.max(1), ..at }, passed: AtomicU64::new(0) }
    }

    /// Counts; which passage of the place this is.
    fn count(&self, site: Site) -> Option<u64> {
        (self.at.site == site).then(|| self.passed.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

impl Fuse {
    /// One that goes at a passage.
    pub(crate) fn at(kill: Passage) -> Self {
        Self { kill: Some(Counted::new(kill)), ..Self::never() }
    }

    /// One that never goes.
    pub(crate) fn never() -> Self {
        Self {
            kill: None,
            call: None,
            caller: OnceLock::new(),
            clock_reads: Arc::default(),
            blown: AtomicBool::new(false),
        }
    }

    /// The same, with somebody who comes at a passage.
    pub(crate) fn with_call(self, call: Option<Passage>) -> Self {
        Self { call: call.map(Counted::new), ..self }
    }

    /// Who it is that comes. The first one counts.
    pub(crate) fn expect(&self, caller: Caller) {
        let _ = self.caller.set(caller);
    }

    /// The host passes a place.
    ///
    /// # Errors
    /// When it is killed there, and for ever after.
    pub(crate) fn pass(&self, site: Site) -> Result<(), Killed> {
        if let Some(kill) = &self.kill
            && kill.count(site).is_some_and(|passed| passed >= kill.at.nth)
        {
            self.blown.store(true, Ordering::Relaxed);
        }
        if self.is_blown() {
            return Err(Killed);
        }
        if let (Some(call), Some(caller)) = (&self.call, self.caller.get())
            && call.count(site) == Some(call.at.nth)
        {
            caller(site);
        }
        Ok(())
    }

    /// Where reads of the component's clock are counted. A read cannot fail; what comes after it does.
    pub(crate) fn clock_reads(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.clock_reads)
    }

    /// Whether the host is gone.
    pub(crate) fn is_blown(&self) -> bool {
        let is_read_to_death =
            |kill: &Counted| kill.at.site == Site::ClockRead && self.clock_reads.load(Ordering::Relaxed) >= kill.at.nth;
        self.blown.load(Ordering::Relaxed) || self.kill.as_ref().is_some_and(is_read_to_death)
    }

    /// Where it is to go.
    pub(crate) fn site(&self) -> Option<Site> {
        self.kill.as_ref().map(|kill| kill.at.site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn at(site: Site, nth: u64) -> Passage {
        Passage { site, nth }
    }

    #[test]
    fn it_goes_once_and_stays_gone() {
        let fuse = Fuse::at(at(Site::Event, 2));
        assert_eq!(fuse.pass(Site::Event), Ok(()));
        assert_eq!(fuse.pass(Site::Request), Ok(()));
        assert_eq!(fuse.pass(Site::Event), Err(Killed));
        assert_eq!(fuse.pass(Site::Request), Err(Killed));
        assert!(fuse.is_blown());
    }

    #[test]
    fn a_read_of_the_clock_kills_what_follows() {
        let fuse = Fuse::at(at(Site::ClockRead, 2));
        let reads = fuse.clock_reads();
        reads.fetch_add(1, Ordering::Relaxed);
        assert_eq!(fuse.pass(Site::Body), Ok(()));
        reads.fetch_add(1, Ordering::Relaxed);
        assert_eq!(fuse.pass(Site::Body), Err(Killed));
    }

    #[test]
    fn one_that_never_goes_never_goes() {
        let fuse = Fuse::never();
        assert!(Site::ALL.iter().all(|site| fuse.pass(*site).is_ok()));
    }

    #[test]
    fn somebody_comes_once_and_not_to_the_dead() {
        let calls = |fuse: Fuse| {
            let seen: Arc<Mutex<Vec<Site>>> = Arc::default();
            let noted = Arc::clone(&seen);
            fuse.expect(Box::new(move |site| noted.lock().unwrap().push(site)));
            for site in [Site::Locked, Site::Event, Site::Event, Site::Event, Site::Finish] {
                let _ = fuse.pass(site);
            }
            seen.lock().unwrap().clone()
        };
        assert_eq!(calls(Fuse::never().with_call(Some(at(Site::Event, 2)))), [Site::Event]);
        assert_eq!(calls(Fuse::never().with_call(Some(at(Site::Locked, 2)))), []);
        assert_eq!(calls(Fuse::never()), []);
        assert_eq!(calls(Fuse::at(at(Site::Event, 2)).with_call(Some(at(Site::Event, 2)))), []);
        assert_eq!(calls(Fuse::at(at(Site::Event, 2)).with_call(Some(at(Site::Event, 1)))), [Site::Event]);
    }
}
