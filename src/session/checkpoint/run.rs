//! A run that is not over.

use defender_client::wire::{count, is_zero};
use serde::{Deserialize, Serialize};

use super::position::Position;
use crate::diagnose::DatasetReceipt;
use crate::plan::{optional_time_ms, time_ms};

/// A run that is not over.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Its identity.
    #[serde(rename = "run")]
    pub id: String,
    /// Its start, milliseconds since the epoch.
    #[serde(deserialize_with = "time_ms")]
    pub started_ms: i64,
    /// Lives of it that are taken: sessions that went on with it. No event of a later one has a number of these. Layouts 1
    /// and 2 counted on through all sessions, which was the numbers of the first life.
    #[serde(default)]
    pub life: u16,
    /// Requests to the sign-in service so far.
    #[serde(deserialize_with = "count")]
    pub sign_in_calls: u64,
    /// Sessions in a row that gave a position and nothing else so far.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub opened: u64,
    /// Accounts of datasets that are done with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<DatasetReceipt>,
    /// The dataset that was being read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Current>,
}

/// The dataset that was being read.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Current {
    /// Its account so far.
    pub receipt: DatasetReceipt,
    /// Where it goes on.
    pub position: Position,
    /// When this reading of it began, milliseconds since the epoch; nothing where an earlier version did not say.
    #[serde(default, deserialize_with = "optional_time_ms", skip_serializing_if = "Option::is_none")]
    pub began_ms: Option<i64>,
}
