//! What was read last of each dataset.

use std::borrow::Cow;

use defender_client::wire::OrderedMap;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// What was read last of each dataset, for the runs that follow.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Cursors(OrderedMap<Cow<'static, str>, Cursor>);

/// What was read last of a dataset.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Cursor {
    /// When the service made the last snapshot that was read to its end, in its own words; empty if it did not say.
    pub snapshot: String,
    /// From when on changes have to be asked for, milliseconds since the epoch; 0 if that is not known.
    #[serde(default, deserialize_with = "time_ms")]
    pub since_ms: i64,
    /// Start of the last run that read everything, milliseconds since the epoch.
    #[serde(default, deserialize_with = "time_ms")]
    pub baseline_ms: i64,
    /// By which strategy it was read, where that bears on the next run; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub strategy: String,
}

impl Cursors {
    /// What was read last of a dataset, if anything was.
    #[must_use]
    pub fn get(&self, dataset: &str) -> Option<&Cursor> {
        self.0.get(dataset)
    }

    /// Remembers what was read of a dataset.
    pub fn set(&mut self, dataset: &'static str, cursor: Cursor) {
        self.0.shift_remove(dataset);
        self.0.insert(dataset.into(), cursor);
    }

    /// Whether nothing was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads a time in milliseconds since the epoch, of the years that can be written.
///
/// # Errors
/// When it is something else.
pub fn time_ms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    const YEAR_10000: i64 = 253_402_300_800_000;
    let ms = i64::deserialize(deserializer)?;
    if (-YEAR_10000..YEAR_10000).contains(&ms) { Ok(ms) } else { Err(D::Error::custom("no year has this time")) }
}
