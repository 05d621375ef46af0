//! Hunting queries over the whole tenant: which shard comes next.
//!
//! A query has no pages. What gives more rows than one may have is cut off without a word, so what the rows are about is
//! divided by the hash of its identifier: shard `k` of `n` are those with `hash(Id, n) == k`. As that is a remainder,
//! shard `k` of `n` is shards `k` and `k + n` of `2n`. Wherever a result may have been cut, or is refused, the shard is read in its two halves instead.
//!
//! Shards are counted so that the halves of one follow each other: `at` of `of` stands for the shard whose number has
//! the bits of `at` in reverse. Everything before a place is read then, whatever the division was.
//!
//! Source: "security: runHuntingQuery"; "hash()" of the Kusto query language.

use serde::Serialize;

use crate::error::{Cause, SourceError};
use crate::wire::Origin;

/// Most shards that the rows are divided into.
const MOST: u32 = 1 << 12;
/// Refused queries in a row, each for half as much: more of them are not about the amount.
const REFUSALS_MAX: u32 = 6;
/// How often a shard is started over because its rows changed while they were read.
const STARTS_MAX: u32 = 3;

/// How much one query may give, and how much there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Most rows of one result.
    pub rows: u64,
    /// Rows to expect in all. Too few cost a query that is cut off, too many cost small queries.
    pub expected: u64,
}

impl Extent {
    /// Shards that the rows are divided into at first.
    #[must_use]
    pub fn shards(self) -> u32 {
        let Self { rows, expected } = self;
        let shards = (expected / rows.max(1)).saturating_add(1).min(u64::from(MOST));
        u32::try_from(shards).unwrap_or(MOST).next_power_of_two()
    }
}

/// Walks the shards of one query.
#[derive(Debug)]
pub(super) struct Shards {
    url: String,
    path: String,
    query: (&'static str, &'static str),
    by: &'static str,
    rows: u64,
    of: u32,
    at: u32,
    /// Up to where rows come that were in a result already, one that was cut off.
    repeats_until: Option<(u32, u32)>,
    refusals: u32,
    starts: u32,
}

impl Shards {
    /// At the first shard, or where a checkpoint left it.
    ///
    /// # Errors
    /// `invalid-checkpoint` for a place that no walk comes to.
    pub(super) fn new(
        origin: &Origin,
        path: String,
        query: (&'static str, &'static str),
        by: &'static str,
        extent: Extent,
        place: Option<(u32, u32)>,
    ) -> Result<Self, SourceError> {
        let (of, at) = place.unwrap_or((extent.shards(), 0));
        if !of.is_power_of_two() || of > MOST || at > of {
            return Err(super::pager::invalid_checkpoint("a shard that there is not"));
        }
        let url = format!("{origin}{path}");
        Ok(Self { url, path, query, by, rows: extent.rows, of, at, repeats_until: None, refusals: 0, starts: 0 })
    }

    /// The path, for messages.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The place: how many shards, and the one that comes next; `None` at the end.
    pub(super) fn at(&self) -> Option<(u32, u32)> {
        (self.at < self.of).then_some((self.of, self.at))
    }

    /// Address and body of the next query; `None` at the end.
    pub(super) fn wanted(&self) -> Option<(String, String)> {
        let (of, at) = self.at()?;
        let number = at.reverse_bits().checked_shr(u32::BITS - of.trailing_zeros()).unwrap_or(0);
        let (before, after) = self.query;
        let query = format!("{before}\n| where hash({}, {of}) == {number}\n{after}\n| take {}", self.by, self.rows);
        Some((self.url.clone(), query_body(&query)))
    }

    /// Moves on after a result of so many rows. `false` if it may have been cut off, so that its rows come again.
    ///
    /// # Errors
    /// `limit-exceeded` if the shard cannot be divided any more.
    pub(super) fn advance(&mut self, rows: u64) -> Result<bool, SourceError> {
        (self.refusals, self.starts) = (0, 0);
        if rows >= self.rows {
            return if self.split() { Ok(false) } else { Err(self.too_much()) };
        }
        self.at += 1;
        // Few rows: two shards in one query from here on.
        if rows < self.rows / 4 && self.at.is_multiple_of(2) && self.of > 1 {
            (self.of, self.at) = (self.of / 2, self.at / 2);
        }
        if let Some((of, at)) = self.repeats_until
            && u64::from(self.at) * u64::from(of) >= u64::from(at) * u64::from(self.of)
        {
            self.repeats_until = None;
        }
        Ok(true)
    }

    /// Whether all rows of the results so far are done with: none of them comes again.
    pub(super) fn is_settled(&self) -> bool {
        self.repeats_until.is_none()
    }

    /// Asks for less after a refusal that may be for the amount; `false` if that did not help before.
    pub(super) fn refused(&mut self) -> bool {
        self.refusals += 1;
        self.refusals <= REFUSALS_MAX && self.split()
    }

    /// Whether the shard may be read from its start again, because its rows are others now.
    pub(super) fn start_over(&mut self) -> bool {
        self.starts += 1;
        self.starts <= STARTS_MAX
    }

    /// Goes on with the halves of the shard.
    fn split(&mut self) -> bool {
        if self.of >= MOST {
            return false;
        }
        self.repeats_until.get_or_insert((self.of, self.at + 1));
        (self.of, self.at) = (self.of * 2, self.at * 2);
        true
    }

    fn too_much(&self) -> SourceError {
        SourceError::new(
            Cause::LimitExceeded,
            format!(
                "POST {}: one of {} shards gives {} rows, more than can be told to be whole.",
                self.path, self.of, self.rows
            ),
            "Read the dataset by another strategy, and please report it.",
        )
    }
}

/// What is posted for a query in KQL, over all the time that the service looks back.
#[must_use]
pub fn query_body(query: &str) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Query<'a> {
        query: &'a str,
        timespan: &'static str,
    }
    serde_json::to_string(&Query { query, timespan: "P30D" }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn shards(rows: u64, expected: u64, place: Option<(u32, u32)>) -> Result<Shards, SourceError> {
        let origin = Origin::https("graph.microsoft.com");
        Shards::new(&origin, "/v1.0/q".into(), ("T", "| order by x"), "DeviceId", Extent { rows, expected }, place)
    }

    /// The shard that the next query is about.
    fn asked(shards: &Shards) -> Option<(u64, u64)> {
        let (url, body) = shards.wanted()?;
        assert_eq!(url, "https://graph.microsoft.com/v1.0/q");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["Timespan"], "P30D");
        let query = body["Query"].as_str().unwrap();
        let lines: Vec<_> = query.lines().collect();
        let [table, shard, order, take] = lines[..] else { panic!("{query}") };
        assert!(table == "T" && order == "| order by x" && take.starts_with("| take "), "{query}");
        let (of, number) = shard.strip_prefix("| where hash(DeviceId, ").unwrap().split_once(") == ").unwrap();
        Some((of.parse().unwrap(), number.parse().unwrap()))
    }

    #[test]
    fn a_tenant_that_fits_is_one_query() {
        let mut walk = shards(100_000, 80_000, None).unwrap();
        assert_eq!(asked(&walk), Some((1, 0)));
        assert_eq!(walk.advance(70_000), Ok(true));
        assert_eq!((asked(&walk), walk.at()), (None, None));
        assert_eq!(asked(&shards(100_000, 720_000, None).unwrap()), Some((8, 0)));
        assert_eq!(asked(&shards(1, u64::MAX, None).unwrap()), Some((4096, 0)));
    }

    #[test]
    fn what_may_be_cut_off_is_read_in_halves() {
        let mut walk = shards(10, 0, None).unwrap();
        assert_eq!(walk.advance(10), Ok(false), "ten rows may be ten of many");
        assert!(!walk.is_settled());
        assert_eq!(asked(&walk), Some((2, 0)));
        assert_eq!(walk.advance(10), Ok(false));
        assert_eq!((asked(&walk), walk.advance(9)), (Some((4, 0)), Ok(true)));
        assert_eq!((asked(&walk), walk.advance(9)), (Some((4, 2)), Ok(true)));
        assert!(!walk.is_settled(), "the other half of the first");
        assert_eq!((asked(&walk), walk.advance(0)), (Some((4, 1)), Ok(true)));
        assert_eq!((asked(&walk), walk.advance(0)), (Some((4, 3)), Ok(true)));
        assert!(walk.is_settled() && asked(&walk).is_none());
    }

    #[test]
    fn few_rows_make_larger_shards() {
        let mut walk = shards(10, 0, Some((8, 4))).unwrap();
        assert_eq!((asked(&walk), walk.advance(0)), (Some((8, 1)), Ok(true)));
        assert_eq!((asked(&walk), walk.advance(0)), (Some((8, 5)), Ok(true)));
        assert_eq!(asked(&walk), Some((4, 3)), "shards 3 and 7 of eight");
    }

    #[test]
    fn there_is_an_end_to_dividing() {
        let mut walk = shards(1, 0, None).unwrap();
        let error = loop {
            match walk.advance(1) {
                Ok(whole) => assert!(!whole),
                Err(error) => break error,
            }
        };
        assert_eq!((error.cause, walk.at()), (Cause::LimitExceeded, Some((4096, 0))));
        let mut walk = shards(10, 0, None).unwrap();
        assert_eq!((0..10).filter(|_| walk.refused()).count(), 6);
        assert_eq!(walk.advance(1), Ok(true));
        assert!(walk.refused(), "one was answered in between");
    }

    #[test]
    fn places_that_there_are_not_are_refused() {
        for place in [(0, 0), (3, 0), (8192, 0), (4, 5)] {
            assert_eq!(shards(10, 0, Some(place)).unwrap_err().cause, Cause::InvalidCheckpoint, "{place:?}");
        }
        assert_eq!(shards(10, 0, Some((4, 4))).unwrap().at(), None);
    }

    proptest! {
        /// Whatever the rows are and wherever the walk is broken off: each is in a result that was not cut.
        #[test]
        fn every_device_is_read(
            rows in prop::collection::vec((any::<u64>(), 0_u64..6), 0..60),
            limit in 8_u64..40,
            breaks in any::<u64>(),
        ) {
            let mut walk = shards(limit, 0, None).unwrap();
            let mut read = vec![0; rows.len()];
            for step in 0..5000_u32 {
                let Some((of, number)) = asked(&walk) else { break };
                let of_shard: Vec<_> = (0..rows.len()).filter(|n| rows[*n].0 % of == number).collect();
                let sum: u64 = of_shard.iter().map(|n| rows[*n].1).sum();
                match walk.advance(sum.min(limit)) {
                    Ok(true) => of_shard.iter().for_each(|n| read[*n] += 1),
                    Ok(false) => {}
                    // More devices than can be told apart share a remainder.
                    Err(_) => return Ok(()),
                }
                if breaks >> (step % 64) & 1 == 1 {
                    let place = walk.at().unwrap_or((1, 1));
                    walk = shards(limit, 1_000, Some(place)).unwrap();
                }
            }
            prop_assert_eq!(walk.at(), None);
            prop_assert!(read.iter().all(|times| *times == 1), "{:?}", read);
        }
    }
}
