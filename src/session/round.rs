//! Asking about more devices than one run may: in rounds, over as many runs as it takes.
//!
//! The first round asks about the devices that were seen latest first, so that those in use are known soon. A device that
//! is seen again meanwhile moves out of it. Later rounds go by identifier, which does not move: where every device is
//! seen every day, going by time would ask about the same few again and again. They pass over devices that were not seen
//! since the round before began. A run goes on where the last one stopped, and begins the next round when one is over.
//! A device whose request failed is asked about first by the next run, whatever round it is. What has to be remembered are
//! three times, one identifier, and those of such devices, at most [`MOST_OWED`].

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::memory::Roster;

/// Most devices that the next run begins with because they could not be read. Of further ones nothing is known until they are
/// seen again; the run that could not read them is partial all the same.
const MOST_OWED: usize = 64;

/// How far the devices are asked about.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Round {
    /// Devices last seen up to this time were asked about in earlier rounds, milliseconds since the epoch; the least
    /// number in the first round.
    floor_ms: i64,
    /// When the device that was seen latest was seen as the round began.
    top_ms: i64,
    /// The last device that was asked about in this round: when it was seen, and its identifier.
    place: Option<(i64, String)>,
    /// Devices that could not be read when it was their turn.
    owed: Vec<String>,
}

/// The devices that are left, in the order of asking.
#[derive(Debug)]
pub(super) struct Order {
    /// Positions in the roster.
    devices: Vec<u32>,
    /// How many of them, in front, have had their turn.
    owed: usize,
    /// Where the next round begins.
    turn: usize,
    newest_ms: i64,
}

/// Which round a device is asked about in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The one that is under way.
    Rest,
    /// The one after it.
    Next,
}

impl Order {
    /// What a round leaves to ask about, and the round after it. Devices without a time were seen at the epoch.
    #[must_use]
    pub(super) fn new(round: &mut Option<Round>, roster: &Roster) -> Self {
        let newest_ms = (0..roster.len()).map(|position| roster.last_seen(position)).max().unwrap_or_default();
        let first = Round { floor_ms: i64::MIN, top_ms: newest_ms, ..Round::default() };
        let Round { floor_ms, top_ms, place, owed } = &*round.get_or_insert(first);
        let owed: Vec<usize> = owed.iter().filter_map(|id| roster.position(id)).collect();
        let is_first = *floor_ms == i64::MIN;
        let place = place.as_ref().map(|(seen_at, after)| (*seen_at, roster.position_after(after)));
        let part = |position: usize| {
            let seen = roster.last_seen(position);
            let is_done = place.is_some_and(|(seen_at, after)| {
                let is_behind = position >= after;
                if is_first { seen > seen_at || seen == seen_at && !is_behind } else { !is_behind }
            });
            if seen > *floor_ms && !is_done && (!is_first || seen <= *top_ms) {
                Some(Part::Rest)
            } else {
                (seen > *top_ms).then_some(Part::Next)
            }
        };
        let is_owed = |position: &usize| owed.contains(position);
        let of = |wanted: Part| {
            (0..roster.len()).filter(move |position| part(*position) == Some(wanted) && !is_owed(position))
        };
        // Counted first: a list that grows would be there twice.
        let turn = owed.len() + of(Part::Rest).count();
        let mut devices = Vec::with_capacity(turn + of(Part::Next).count());
        let all = owed.iter().copied().chain(of(Part::Rest)).chain(of(Part::Next));
        devices.extend(all.filter_map(|position| u32::try_from(position).ok()));
        if is_first && let Some(rest) = devices.get_mut(owed.len()..turn) {
            rest.sort_unstable_by_key(|position| (Reverse(roster.last_seen(*position as usize)), *position));
        }
        Self { devices, owed: owed.len(), turn, newest_ms }
    }

    /// The position in the roster of a device; `None` behind the last.
    #[must_use]
    pub(super) fn get(&self, index: usize) -> Option<usize> {
        usize::try_from(*self.devices.get(index)?).ok()
    }

    /// Number of devices.
    #[must_use]
    pub(super) fn count(&self) -> usize {
        self.devices.len()
    }

    /// Takes note that a device had its turn, and whether it could be read.
    pub(super) fn done(&self, index: usize, was_read: bool, round: &mut Round, roster: &Roster) {
        let Some((position, id)) = self.get(index).and_then(|at| Some((at, roster.id(at)?))) else { return };
        round.owed.retain(|owed| *owed != id);
        if !was_read && round.owed.len() < MOST_OWED {
            round.owed.push(id.clone());
        }
        if index == self.turn {
            (round.floor_ms, round.top_ms) = (round.top_ms, self.newest_ms);
        }
        // What had its turn before is not where the round stopped.
        if index >= self.owed {
            round.place = Some((roster.last_seen(position), id));
        }
        if index + 1 == self.count() {
            // Everything up to the newest is done with.
            (round.floor_ms, round.top_ms, round.place) = (self.newest_ms, self.newest_ms, None);
        }
    }
}

/// The same as checkpoints hold it.
#[derive(Deserialize, Serialize)]
struct Written {
    floor_ms: i64,
    top_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    owed: Vec<String>,
}

impl From<Round> for Written {
    fn from(Round { floor_ms, top_ms, place, owed }: Round) -> Self {
        let (seen_ms, after) = place.unzip();
        Self { floor_ms, top_ms, seen_ms, after, owed }
    }
}

impl TryFrom<Written> for Round {
    type Error = &'static str;

    fn try_from(Written { floor_ms, top_ms, seen_ms, after, owed }: Written) -> Result<Self, &'static str> {
        if owed.len() > MOST_OWED {
            return Err("more devices are owed than are ever remembered");
        }
        let place = match (seen_ms, after) {
            (Some(seen_ms), Some(after)) => Some((seen_ms, after)),
            (None, Some(_)) => return Err("nothing says when the device was seen"),
            (_, None) => None,
        };
        Ok(Self { floor_ms, top_ms, place, owed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use defender_rows::record::DeviceFacts;
    use proptest::prelude::*;

    fn roster(seen: &[i64]) -> Roster {
        let mut roster = Roster::default();
        for (n, seen) in seen.iter().enumerate() {
            let id = format!("{n:03}");
            roster.enroll(&DeviceFacts { id: &id, ..DeviceFacts::default() }, Some(*seen));
        }
        roster.sort();
        roster
    }

    /// One run that asks about so many devices. Which ones.
    fn run(round: &mut Option<Round>, roster: &Roster, most: usize) -> Vec<usize> {
        failing(round, roster, most, &[])
    }

    /// The same, where some devices cannot be read.
    fn failing(round: &mut Option<Round>, roster: &Roster, most: usize, failed: &[usize]) -> Vec<usize> {
        let order = Order::new(round, roster);
        let asked: Vec<_> = (0..order.count().min(most)).collect();
        for index in &asked {
            let was_read = !failed.contains(&order.get(*index).unwrap());
            order.done(*index, was_read, round.as_mut().unwrap(), roster);
        }
        asked.into_iter().filter_map(|index| order.get(index)).collect()
    }

    #[test]
    fn the_latest_come_first_and_nobody_twice_until_seen_again() {
        let mut round = None;
        let first = roster(&[10, 30, 20, 30, 5]);
        assert_eq!(run(&mut round, &first, 2), [1, 3]);
        assert_eq!(run(&mut round, &first, 2), [2, 0]);
        assert_eq!(run(&mut round, &first, 2), [4]);
        assert_eq!(run(&mut round, &first, 2), [0_usize; 0], "nobody was seen since");
        let later = roster(&[10, 31, 20, 30, 32]);
        assert_eq!(run(&mut round, &later, 2), [1, 4]);
    }

    #[test]
    fn a_round_is_ended_before_the_next_one_begins() {
        let mut round = None;
        assert_eq!(run(&mut round, &roster(&[10, 30, 20, 40]), 2), [3, 1]);
        // Both were seen again, and two others not.
        assert_eq!(run(&mut round, &roster(&[10, 50, 20, 60]), 3), [2, 0, 1]);
        assert_eq!(run(&mut round, &roster(&[10, 50, 20, 60]), 3), [3]);
        assert!(run(&mut round, &roster(&[10, 50, 20, 60]), 3).is_empty());
    }

    #[test]
    fn who_could_not_be_read_is_asked_about_first_by_the_next_run() {
        let mut round = None;
        let all = roster(&[10, 30, 20, 40]);
        assert_eq!(failing(&mut round, &all, 2, &[3]), [3, 1]);
        assert_eq!(failing(&mut round, &all, 2, &[3]), [3, 2], "and the round goes on where it was");
        assert_eq!(run(&mut round, &all, 2), [3, 0]);
        assert!(run(&mut round, &all, 2).is_empty(), "it is not owed any more");
        // Also when the round is over, and when it is not there any more.
        assert_eq!(failing(&mut round, &roster(&[10, 50, 20, 40]), 9, &[1]), [1]);
        assert_eq!(run(&mut round, &roster(&[10, 50, 20, 40]), 9), [1]);
        assert_eq!(failing(&mut round, &roster(&[10, 50, 20, 60]), 9, &[3]), [3]);
        assert!(run(&mut round, &roster(&[10, 50, 20]), 9).is_empty());
    }

    #[test]
    fn what_was_written_is_read() {
        for round in [
            Round { floor_ms: i64::MIN, top_ms: 7, place: None, owed: vec![] },
            Round { floor_ms: 1, top_ms: 2, place: Some((2, "a\"b".into())), owed: vec!["c".into()] },
        ] {
            let text = serde_json::to_string(&round).unwrap();
            assert_eq!(serde_json::from_str::<Round>(&text).unwrap(), round);
        }
        assert!(serde_json::from_str::<Round>("{}").is_err());
    }

    proptest! {
        /// Devices that report all the time do not keep the others from being asked about.
        #[test]
        fn everybody_is_asked_about_within_two_rounds(
            first in prop::collection::vec(0_i64..1000, 1..40),
            busy in prop::collection::vec(any::<bool>(), 40),
            most in 1_usize..10,
        ) {
            let mut seen = first;
            let (mut round, mut asked) = (None, vec![false; seen.len()]);
            for day in 1..=(2 * seen.len().div_ceil(most) as i64 + 2) {
                for position in run(&mut round, &roster(&seen), most) {
                    asked[position] = true;
                }
                for (n, seen) in seen.iter_mut().enumerate().filter(|(n, _)| busy[*n]) {
                    *seen = 1000 + day * 100 + n as i64;
                }
            }
            prop_assert!(asked.iter().all(|asked| *asked), "{:?}", asked);
        }
    }
}
