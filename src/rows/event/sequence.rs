//! The numbers of a run's events: `(run, seq)` names one event for ever, and within a run they grow.
//!
//! | bits | what |
//! |---|---|
//! | 0 to 35 | counter of a life; from 2^35 on in a life that no position told of before its first event |
//! | 36 to 51 | life: how often the run was gone on with, or more; 0 in the session that began it |
//! | 52 | never set here: the host's own events at the end of a run |
//!
//! All of it is a whole number that every reader of JSON takes for one, and up to 2^36 events the first life of a run has
//! the numbers 1, 2, 3 and so on. `(run, seq)` never stands for two events because no two sessions have one life: see
//! `session::life` for why.

/// Bits of the counter.
const COUNTER_BITS: u32 = 36;

/// Where the counter begins in a life that no position told of. The others stay below.
const UNTOLD: u64 = 1 << 35;

/// Numbers behind an event that are left to the host, for what follows from that event at once.
const LEFT_FREE: u64 = 1 << 16;

/// Numbers at the end of a life that are kept for the events of the row that comes there: 16,383 that leave room behind
/// them.
const MARGIN: u64 = 1 << 30;

/// Numbers for each millisecond by which lives that no position told of are told apart, as a power of two.
const RATE_BITS: u32 = 8;

/// The number of the event that was made last, and so of the one that comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sequence(u64);

impl Sequence {
    /// The number.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }

    /// The life that it is of.
    #[must_use]
    pub fn life(self) -> u16 {
        // Nothing makes a number of more bits.
        u16::try_from(self.0 >> COUNTER_BITS).unwrap_or(u16::MAX)
    }

    /// The start of the life behind one; `None` behind the last.
    #[must_use]
    pub fn after(life: u16) -> Option<Self> {
        Some(Self(u64::from(life.checked_add(1)?) << COUNTER_BITS))
    }

    /// The start of a life behind one, which has to differ from all others that began behind it and that nobody told
    /// of: they are told apart by the milliseconds since the run began. `None` behind the last life.
    #[must_use]
    pub fn untold_after(life: u16, since_start_ms: u64) -> Option<Self> {
        // The upper quarter of a life is left to go on in.
        const SPAN_BITS: u32 = COUNTER_BITS - 2 - RATE_BITS;
        let lives = u16::try_from(since_start_ms >> SPAN_BITS).ok()?.checked_add(1)?;
        let counter = UNTOLD + ((since_start_ms & ((1 << SPAN_BITS) - 1)) << RATE_BITS);
        Some(Self(u64::from(life.checked_add(lives)?) << COUNTER_BITS | counter))
    }

    /// Moves on to the next event.
    pub fn advance(&mut self) {
        self.0 += 1;
    }

    /// Leaves numbers behind the event that was made last to the host.
    pub fn leave_room(&mut self) {
        self.0 += LEFT_FREE;
    }

    /// Whether a new life has to begin before another row is read.
    #[must_use]
    pub fn is_running_out(self) -> bool {
        let counter = self.0 & ((1 << COUNTER_BITS) - 1);
        let end = if counter < UNTOLD { UNTOLD } else { 1 << COUNTER_BITS };
        counter >= end - MARGIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_apart_and_fit_what_json_takes() {
        assert_eq!((Sequence::default().life(), Sequence::default().number()), (0, 0));
        let mut second = Sequence::after(0).unwrap();
        second.advance();
        assert_eq!((second.life(), second.number()), (1, (1 << 36) + 1));
        second.leave_room();
        second.advance();
        assert_eq!(second.number(), (1 << 36) + 65_538, "65,536 numbers are free");
        let last = Sequence::after(u16::MAX - 1).unwrap();
        assert_eq!(last.life(), u16::MAX);
        assert!(last.number() + (1 << 36) <= 1 << 52);
        assert_eq!((Sequence::after(u16::MAX), Sequence::untold_after(u16::MAX, 0)), (None, None));
    }

    #[test]
    fn lives_that_nobody_told_of_go_by_the_time() {
        let at = |ms| Sequence::untold_after(6, ms).unwrap();
        assert_eq!(at(0).number(), 7 << 36 | 1 << 35);
        assert_eq!(at(4).number() - at(0).number(), 1024, "a batch of so many takes four milliseconds");
        let day = 86_400_000;
        assert_eq!((at(day).life(), at(30 * day).life()), (8, 45));
        assert!([0, 1, 5, (1 << 26) - 1, 1 << 26, day, 9 * day].map(at).is_sorted_by(|a, b| a < b));
        assert!([0, 1 << 26, (1 << 26) - 1, day].map(at).iter().all(|at| !at.is_running_out()));
        assert_eq!(Sequence::untold_after(6, u64::MAX), None);
    }

    #[test]
    fn a_life_ends_before_its_numbers_do() {
        for (counter, is_running_out) in [
            (0, false),
            ((1 << 35) - (1 << 30) - 1, false),
            ((1 << 35) - (1 << 30), true),
            ((1 << 35) - 1, true),
            (1 << 35, false),
            ((1 << 36) - (1 << 30) - 1, false),
            ((1 << 36) - (1 << 30), true),
        ] {
            for life in [0_u64, 3] {
                assert_eq!(Sequence(life << 36 | counter).is_running_out(), is_running_out, "{life} {counter}");
            }
        }
    }
}
