//! Which identities were met before in this run.

use defender_rows::event::{Kind, Repeated};

use super::change_window::Window;
use super::fingerprints::Fingerprints;

/// Identities met before in this run.
#[derive(Debug, Default)]
pub struct Seen {
    /// The window of changes that is read, if one is.
    pub window: Option<Window>,
    /// What the event before said of its device.
    pub device: Repeated,
    /// What it said of the device as an affected resource.
    pub resource: Repeated,
    /// What it said of the device in its observables.
    pub observed: Repeated,
    /// Rows that came, and may come again in another answer.
    received: Fingerprints,
    /// The same of the batch that is being filled: in it one row can still take the place of another.
    in_batch: Fingerprints,
    /// Rows that came in the answer that is read, where those of the others come again only if they are in `received`.
    latest: Fingerprints,
    announced: Fingerprints,
}

impl Seen {
    /// Identities that `announce` remembers before it forgets them all. Forgetting costs a repeated event, nothing
    /// more, and bounds the memory.
    const ANNOUNCED_MAX: usize = 1 << 16;

    /// Whether no row with the identity was handed over in an earlier batch. For collections that are read by offset, where
    /// a row can come twice.
    pub fn receive(&mut self, kind: Kind, id: &str) -> bool {
        let is_new = !self.received.contains(kind, id);
        if is_new {
            self.in_batch.insert(kind, id);
        }
        is_new
    }

    /// A batch was handed over: what came in it counts.
    pub fn handed_over(&mut self) {
        self.received.absorb(&mut self.in_batch);
        if let Some(window) = &mut self.window {
            window.handed_over();
        }
    }

    /// Whether a row with the identity was handed over in an earlier batch.
    #[must_use]
    pub fn has_received(&self, kind: Kind, id: &str) -> bool {
        self.received.contains(kind, id)
    }

    /// Whether this is the first row with the identity, where a row comes again only if the answer it came in was cut off.
    pub fn receive_result(&mut self, kind: Kind, id: &str) -> bool {
        !self.received.contains(kind, id) && self.latest.insert(kind, id)
    }

    /// The answer was cut off: its rows come again.
    pub fn cut(&mut self) {
        self.received.absorb(&mut self.latest);
    }

    /// The answer was whole: none of its rows comes again. `is_settled`: nor does any row of those before.
    pub fn whole(&mut self, is_settled: bool) {
        self.latest.clear();
        if is_settled {
            self.received.clear();
        }
    }

    /// Whether an asset that many rows mention, such as a product, should be emitted now.
    pub fn announce(&mut self, kind: Kind, id: &str) -> bool {
        if self.announced.len() >= Self::ANNOUNCED_MAX {
            self.announced.clear();
        }
        self.announced.insert(kind, id)
    }

    /// Whether a row could not be remembered for want of memory.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.received.is_full() || self.in_batch.is_full() || self.latest.is_full()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_new_in_one_batch() {
        let mut seen = Seen::default();
        assert!(seen.receive(Kind::Device, "a"));
        assert!(seen.receive(Kind::Device, "a") && !seen.has_received(Kind::Device, "a"));
        seen.handed_over();
        assert!(!seen.receive(Kind::Device, "a") && seen.has_received(Kind::Device, "a"));
        assert!(seen.receive(Kind::User, "a"));
        assert!(seen.announce(Kind::Application, "a"));
        assert!(!seen.announce(Kind::Application, "a"));
    }

    #[test]
    fn what_was_cut_off_comes_again_until_all_of_it_is_read() {
        let mut seen = Seen::default();
        let receive = |seen: &mut Seen, ids: &str| -> String {
            ids.chars().filter(|id| seen.receive_result(Kind::User, &id.to_string())).collect()
        };
        assert_eq!(receive(&mut seen, "abca"), "abc");
        seen.cut();
        assert_eq!(receive(&mut seen, "ade"), "de");
        seen.whole(false);
        assert_eq!(receive(&mut seen, "bbfdg"), "fdg", "`d` cannot come in two parts, and is not remembered");
        seen.whole(true);
        assert_eq!(receive(&mut seen, "abg"), "abg");
        assert!(!seen.is_full());
    }

    #[test]
    fn announcing_is_bounded() {
        let mut seen = Seen::default();
        for number in 0..=Seen::ANNOUNCED_MAX {
            assert!(seen.announce(Kind::User, &number.to_string()));
        }
        assert_eq!(seen.announced.len(), 1);
        assert!(seen.announce(Kind::User, "0"), "it was forgotten");
    }
}
