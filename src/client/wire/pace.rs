//! The pace of a body. One that trickles is as good as one that stopped: byte by byte, each in time, it would hold a run
//! for weeks.

/// Milliseconds that each byte adds to the time that a body may take: what comes at less than 1 KB a second is too slow
/// to wait for.
const MS_PER_BYTE: u64 = 1;

/// The time that a body may take: the time-out, and a millisecond for each byte. Only the time in which it is waited for
/// counts, for whoever reads may pause.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    left_ms: u64,
}

impl Pace {
    /// For a body of which nothing came yet. Without a time-out it may take for ever.
    #[must_use]
    pub fn new(timeout_ms: Option<u64>) -> Self {
        Self { left_ms: timeout_ms.unwrap_or(u64::MAX) }
    }

    /// Some bytes came after a wait; whether that is quick enough.
    pub fn keeps(&mut self, bytes: usize, waited_ms: u64) -> bool {
        let allowed_ms = self.left_ms.saturating_add(bytes as u64 * MS_PER_BYTE);
        self.left_ms = allowed_ms.saturating_sub(waited_ms);
        waited_ms <= allowed_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many parts of a length come before one of them is too late, of 1,000, each after a wait.
    fn parts(length: usize, waited_ms: u64) -> usize {
        let mut pace = Pace::new(Some(5_000));
        (0..1_000).take_while(|_| pace.keeps(length, waited_ms)).count()
    }

    #[test]
    fn a_body_that_trickles_is_given_up() {
        assert_eq!(parts(1, 1_000), 5, "a byte each second, and five seconds in all");
        assert_eq!(parts(500, 1_000), 10);
        assert_eq!(parts(1, 6_000), 0);
    }

    #[test]
    fn one_that_is_quick_enough_may_take_for_ever() {
        assert_eq!(parts(1_000, 1_000), 1_000);
        assert_eq!(parts(995, 1_000), 1_000, "5 ms too slow, a thousand times");
        assert!(Pace::new(None).keeps(1, u64::MAX - 1));
    }
}
