//! A pipeline source for Microsoft Defender: reads assets, software, vulnerabilities and recommendations of one
//! tenant and turns them into normalised events.
//!
//! The rooms follow the way of the data: [`config`] → plan → [`mod@http`] and paging → [`record`] →
//! [`datasets`] and [`normalize`] → [`event`] → session. Only `guest` knows WIT and WASI; everything else is plain
//! Rust and is tested natively.
#![cfg_attr(not(test), deny(unused_crate_dependencies))]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "in a test it says what failed"))]

// The rooms that run for every byte are a crate of their own, `src/rows`.
pub use defender_rows::{crc32, event, hash, json, order, record};

pub mod auth;
pub mod check;
pub mod checkpoint;
pub mod choice;
pub mod command;
pub mod config;
pub mod datasets;
pub mod describe;
pub mod error;
pub mod figures;
pub mod filter;
#[cfg(target_family = "wasm")]
mod guest;
pub mod http;
pub mod normalize;
pub mod paging;
pub mod plan;
pub mod receipt;
pub mod report;
pub mod roster;
pub mod round;
pub mod seen;
pub mod session;
pub mod store;
#[cfg(test)]
mod testing;
pub mod window;
