//! A run that is not over.

use defender_rows::event::JsonWriter;
use defender_rows::json::Json;
use defender_rows::tally::MAX_COUNT;

use super::position::Position;
use crate::diagnose::DatasetReceipt;
use crate::plan::time_ms;

/// A run that is not over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Its identity.
    pub id: String,
    /// Its start, milliseconds since the epoch.
    pub started_ms: i64,
    /// Lives of it that are taken: sessions that went on with it. No event of a later one has a number of these.
    pub life: u16,
    /// Requests to the sign-in service so far.
    pub sign_in_calls: u64,
    /// Sessions in a row that gave a position and nothing else so far.
    pub opened: u64,
    /// Accounts of datasets that are done with.
    pub done: Vec<DatasetReceipt>,
    /// The dataset that was being read.
    pub current: Option<Current>,
}

/// The dataset that was being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// Its account so far.
    pub receipt: DatasetReceipt,
    /// Where it goes on.
    pub position: Position,
}

impl Run {
    pub(super) fn write(&self, out: &mut JsonWriter) {
        out.text_member("run", &self.id);
        out.integer_member("started_ms", self.started_ms);
        out.raw_member("life", &self.life.to_string());
        out.raw_member("sign_in_calls", &self.sign_in_calls.to_string());
        if self.opened > 0 {
            out.raw_member("opened", &self.opened.to_string());
        }
        out.array_member("done", |out| {
            for receipt in &self.done {
                out.object(|out| receipt.write(out));
            }
        });
        if let Some(current) = &self.current {
            out.object_member("current", |out| {
                out.object_member("receipt", |out| current.receipt.write(out));
                current.position.write(out);
            });
        }
    }

    pub(super) fn read(value: Json<'_>) -> Option<Self> {
        let current = value.get("current");
        let current = match current.is_null() {
            true => None,
            false => Some(Current {
                receipt: DatasetReceipt::read(current.get("receipt"))?,
                position: Position::read(current.get("position"))?,
            }),
        };
        let done = Some(value.get("done")).filter(|done| done.is_array() || done.is_null())?;
        Some(Self {
            id: value.get("run").text()?.into_owned(),
            started_ms: time_ms(value.get("started_ms"))?,
            // Layouts 1 and 2 counted on through all sessions, which was the numbers of the first life.
            life: match value.get("life") {
                absent if absent.is_null() => 0,
                life => u16::try_from(life.count()?).ok()?,
            },
            sign_in_calls: value.get("sign_in_calls").count().filter(|calls| *calls <= MAX_COUNT)?,
            opened: match value.get("opened") {
                absent if absent.is_null() => 0,
                opened => opened.count()?,
            },
            done: done.elements().map(DatasetReceipt::read).collect::<Option<_>>()?,
            current,
        })
    }
}
