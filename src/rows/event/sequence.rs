//! The numbers of a run's events: `(run, seq)` names one event for ever, and within a run they grow.
//!
//! | bits | what |
//! |---|---|
//! | 0 to 35 | counter of a life: 1, 2, 3 in the first; in the others from a number on that is made of the time |
//! | 36 to 51 | life: 0 in the session that began the run, higher in each that went on with it |
//! | 52 | never set here: the host's own events at the end of a run |
//!
//! All of it is a whole number that every reader of JSON takes for one. `(run, seq)` never stands for two events because no
//! two sessions have one life, and where they do, the time tells them apart: see `session::life`.

/// Bits of the counter.
const COUNTER_BITS: u32 = 36;

/// Numbers behind an event that are left to the host, for what follows from that event at once.
const LEFT_FREE: u64 = 1 << 16;

/// Numbers at the end of a life that are kept for the events of the row that comes there: 16,383 that leave room behind
/// them.
const MARGIN: u64 = 1 << 30;

/// Numbers for each millisecond by which the starts of lives are apart, as a power of two.
const RATE_BITS: u32 = 8;

/// Milliseconds, as a power of two, after which the start is in the next life: three quarters of a life are left to count
/// in.
const SPAN_BITS: u32 = COUNTER_BITS - 2 - RATE_BITS;

/// Most lives by which a start is later. A clock that was set to another century must not use them all up.
const MOST_LATER: u16 = 63;

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

    /// The start of a life behind one, so many milliseconds after the run began; `None` behind the last life.
    #[must_use]
    pub fn after(life: u16, since_start_ms: u64) -> Option<Self> {
        let later = u16::try_from(since_start_ms >> SPAN_BITS).unwrap_or(MOST_LATER).min(MOST_LATER);
        let lives = later + 1;
        let counter = (since_start_ms & ((1 << SPAN_BITS) - 1)) << RATE_BITS;
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
        counter >= (1 << COUNTER_BITS) - MARGIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_apart_and_fit_what_json_takes() {
        assert_eq!((Sequence::default().life(), Sequence::default().number()), (0, 0));
        let mut second = Sequence::after(0, 0).unwrap();
        second.advance();
        assert_eq!((second.life(), second.number()), (1, (1 << 36) + 1));
        second.leave_room();
        second.advance();
        assert_eq!(second.number(), (1 << 36) + 65_538, "65,536 numbers are free");
        let last = Sequence::after(u16::MAX - 1, (1 << 26) - 1).unwrap();
        assert_eq!(last.life(), u16::MAX);
        assert!(!last.is_running_out() && last.number() < 1 << 52);
        assert_eq!((Sequence::after(u16::MAX, 0), Sequence::after(u16::MAX - 1, 1 << 26)), (None, None));
    }

    #[test]
    fn lives_that_began_behind_the_same_one_are_told_apart_by_the_time() {
        let at = |ms| Sequence::after(6, ms).unwrap();
        assert_eq!(at(4).number(), 7 << 36 | 1024, "four milliseconds are room for so many events");
        let day = 86_400_000;
        assert_eq!((at(day).life(), at(30 * day).life()), (8, 45));
        assert!([0, 1, 5, (1 << 26) - 1, 1 << 26, day, 9 * day].map(at).is_sorted_by(|a, b| a < b));
        assert_eq!(at(u64::MAX).life(), 7 + 63, "whatever the clock says");
    }

    #[test]
    fn a_life_ends_before_its_numbers_do() {
        let near_the_end = (1 << 36) - (1 << 30);
        for (counter, is_running_out) in [(0, false), (near_the_end - 1, false), (near_the_end, true)] {
            for life in [0_u64, 3] {
                assert_eq!(Sequence(life << 36 | counter).is_running_out(), is_running_out, "{life} {counter}");
            }
        }
    }
}
