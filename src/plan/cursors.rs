//! What was read last of each dataset.

use std::borrow::Cow;

use defender_rows::event::JsonWriter;
use defender_rows::json::Json;

/// What was read last of each dataset, for the runs that follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursors(Vec<(Cow<'static, str>, Cursor)>);

/// What was read last of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// When the service made the last snapshot that was read to its end, in its own words; empty if it did not say.
    pub snapshot: String,
    /// From when on changes have to be asked for, milliseconds since the epoch; 0 if that is not known.
    pub since_ms: i64,
    /// Start of the last run that read everything, milliseconds since the epoch.
    pub baseline_ms: i64,
    /// By which strategy it was read, where that bears on the next run; else empty.
    pub strategy: String,
}

impl Cursors {
    /// What was read last of a dataset, if anything was.
    #[must_use]
    pub fn get(&self, dataset: &str) -> Option<&Cursor> {
        self.0.iter().find(|(name, _)| name == dataset).map(|(_, cursor)| cursor)
    }

    /// Remembers what was read of a dataset.
    pub fn set(&mut self, dataset: &'static str, cursor: Cursor) {
        self.0.retain(|(name, _)| name != dataset);
        self.0.push((dataset.into(), cursor));
    }

    /// Writes them as a member of the open object.
    pub fn write(&self, out: &mut JsonWriter) {
        out.object_member("cursors", |out| {
            for (dataset, cursor) in &self.0 {
                out.object_member(dataset, |out| {
                    out.text_member("snapshot", &cursor.snapshot);
                    out.integer_member("since_ms", cursor.since_ms);
                    out.integer_member("baseline_ms", cursor.baseline_ms);
                    if !cursor.strategy.is_empty() {
                        out.text_member("strategy", &cursor.strategy);
                    }
                });
            }
        });
    }

    /// Reads what [`Cursors::write`] wrote; `None` if it is something else.
    #[must_use]
    pub fn read(value: Json<'_>) -> Option<Self> {
        let mut cursors = Self::default();
        for (dataset, cursor) in value.members() {
            let time = |name: &str| match cursor.get(name) {
                absent if absent.is_null() => Some(0),
                time => time_ms(time),
            };
            let cursor = Cursor {
                snapshot: cursor.get("snapshot").text()?.into_owned(),
                since_ms: time("since_ms")?,
                baseline_ms: time("baseline_ms")?,
                strategy: cursor.get("strategy").text().unwrap_or_default().into_owned(),
            };
            cursors.0.push((dataset.text().into_owned().into(), cursor));
        }
        Some(cursors)
    }
}

/// A time in milliseconds since the epoch, of the years that can be written.
#[must_use]
pub fn time_ms(value: Json<'_>) -> Option<i64> {
    const YEAR_10000: i64 = 253_402_300_800_000;
    value.raw().parse().ok().filter(|ms| (-YEAR_10000..YEAR_10000).contains(ms))
}
