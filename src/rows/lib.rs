//! Rows: from the bytes of a record to the bytes of its events.
//!
//! What is here runs for every byte or for every member of every row, and nothing else is: [`json`] finds where rows
//! and their values end, [`record`] reads a row by a table of names, [`tally`] counts what was odd about it, [`event`]
//! writes what it becomes. It is a crate of its own because it is compiled for speed and the rest of the component for
//! size; it knows neither Defender's datasets nor OCSF's classes.
#![cfg_attr(not(test), deny(unused_crate_dependencies))]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "in a test it says what failed"))]

mod append;
pub mod event;
pub mod hash;
pub mod json;
mod lanes;
pub mod record;
pub mod tally;
mod wide;
