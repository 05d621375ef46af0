//! What was read last of each dataset.

use std::borrow::Cow;

use defender_client::wire::OrderedMap;
use defender_rows::record::time;
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
    /// Up to when everything was told, milliseconds since the epoch: when the service made the last snapshot that was read to
    /// its end, where it says so; else when the last complete read, of everything or of the changes, began. Nothing where an
    /// earlier version of the source did not say.
    #[serde(default, deserialize_with = "optional_time_ms", skip_serializing_if = "Option::is_none")]
    pub told_ms: Option<i64>,
    /// By which strategy it was read, where that bears on the next run; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub strategy: String,
    /// Whether its records make other events now, so that all of it has to be read once more.
    #[serde(default, rename = "remapped", skip_serializing_if = "std::ops::Not::not")]
    pub is_remapped: bool,
}

impl Cursor {
    /// Up to when everything was told, milliseconds since the epoch, as far as that is known: 0 if it is not.
    #[must_use]
    pub fn told_until_ms(&self) -> i64 {
        let earlier = || time::parse(&self.snapshot).unwrap_or(self.baseline_ms).max(self.since_ms);
        self.told_ms.unwrap_or_else(earlier)
    }
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

    /// Forgets how far each dataset was read, as the same records make other events now. What was told stays told.
    pub fn remap(&mut self) {
        for cursor in self.0.values_mut() {
            let told_ms = Some(cursor.told_until_ms());
            let strategy = std::mem::take(&mut cursor.strategy);
            *cursor = Cursor { strategy, told_ms, is_remapped: true, ..Cursor::default() };
        }
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

/// The same where it may be missing.
///
/// # Errors
/// When it is something else.
pub fn optional_time_ms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    time_ms(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cursors of earlier versions do not say up to when everything was told. It is at least so much.
    #[test]
    fn what_was_told_is_known_of_older_cursors_too() {
        for (text, told) in [
            (r#"{"snapshot":"2023-11-14T20:00:00Z","since_ms":5,"baseline_ms":7}"#, 1_699_992_000_000),
            (r#"{"snapshot":"","since_ms":5,"baseline_ms":7}"#, 7),
            // Changes were read since.
            (r#"{"snapshot":"","since_ms":9,"baseline_ms":7}"#, 9),
            (r#"{"snapshot":"","strategy":"per_device"}"#, 0),
            (r#"{"snapshot":"2023-11-14T20:00:00Z","told_ms":3}"#, 3),
        ] {
            let cursor: Cursor = serde_json::from_str(text).unwrap();
            assert_eq!(cursor.told_until_ms(), told, "{text}");
            let mut cursors = Cursors::default();
            cursors.set("vulnerabilities", cursor);
            cursors.remap();
            assert_eq!(cursors.get("vulnerabilities").unwrap().told_until_ms(), told, "{text}");
        }
    }
}
