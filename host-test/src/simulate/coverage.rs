//! What all seeds together reached, and what they never did.

use super::reach::Reach;
use super::reached::Reached;
use serde_json::{Value, json};
use std::fmt;

/// How often each thing that a simulation can reach was reached.
#[derive(Debug, Clone)]
pub struct Coverage(Vec<Row>);

#[derive(Debug, Clone)]
struct Row {
    reach: Reach,
    times: u64,
    seeds: u64,
}

impl Default for Coverage {
    fn default() -> Self {
        Self(Reach::all().into_iter().map(|reach| Row { reach, times: 0, seeds: 0 }).collect())
    }
}

impl Coverage {
    /// Adds a seed.
    pub(super) fn add(&mut self, seed: &Reached) {
        for row in &mut self.0 {
            let times = seed.times(row.reach);
            row.times += times;
            row.seeds += u64::from(times > 0);
        }
    }

    /// What was never reached, in words.
    pub fn never(&self) -> Vec<String> {
        let never = self.0.iter().filter(|row| row.times == 0);
        never.map(|row| format!("{}: {}", row.reach.group(), row.reach.name())).collect()
    }

    /// As JSON: a list of what can be reached, with the number of times and of seeds.
    pub fn to_json(&self) -> Value {
        let row = |row: &Row| {
            json!({
                "group": row.reach.group(),
                "name": row.reach.name(),
                "times": row.times,
                "seeds": row.seeds,
            })
        };
        self.0.iter().map(row).collect()
    }
}

impl fmt::Display for Coverage {
    /// A table with a line for each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24}{:<38}{:>9}{:>9}", "reached", "", "times", "seeds")?;
        for Row { reach, times, seeds } in &self.0 {
            let never = if *times == 0 { "  never" } else { "" };
            writeln!(f, "{:<24}{:<38}{times:>9}{seeds:>9}{never}", reach.group(), reach.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::batches::{Batches, Edge};
    use crate::simulate::life::{End, Lived};
    use crate::simulate::pipe::Death;
    use crate::simulate::site::Site;

    fn reached(end: End, reader: Option<Death>) -> Reached {
        let mut reached = Reached::default();
        reached.life(&Lived {
            end,
            waits: Vec::new(),
            peak_memory: 0,
            batches: Batches([(Edge::Full, 3)].into()),
            reader,
            meetings: Vec::new(),
            second: None,
        });
        reached
    }

    #[test]
    fn what_no_seed_reached_is_named() {
        let mut coverage = Coverage::default();
        let all = coverage.never().len();
        coverage.add(&reached(End::Killed(Site::HalfLine), None));
        coverage.add(&reached(End::Unread, Some(Death { unread: 2 })));
        let never = coverage.never();
        assert_eq!(never.len(), all - 3);
        assert!(never.contains(&"killed at: body".to_owned()) && !never.contains(&"killed at: half line".to_owned()));
        assert!(never.contains(&"reader died: with nothing unread".to_owned()));
        let full = coverage.to_json().as_array().unwrap().iter().find(|row| row["name"] == "full").cloned().unwrap();
        assert_eq!((&full["times"], &full["seeds"]), (&6.into(), &2.into()));
        let table = coverage.to_string();
        assert_eq!((table.lines().count(), table.matches("  never\n").count()), (all + 1, all - 3));
    }
}
