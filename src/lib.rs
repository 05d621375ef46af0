//! A pipeline source for Microsoft Defender: reads assets, software, vulnerabilities and recommendations of one
//! tenant and turns them into normalised events.
//!
//! The rooms follow the way of the data: [`config`] → plan → [`mod@http`] and paging → [`record`] →
//! [`datasets`] and [`normalize`] → [`event`] → session. Only `guest` knows WIT and WASI; everything else is plain
//! Rust and is tested natively.
#![cfg_attr(not(test), deny(unused_crate_dependencies))]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "in a test it says what failed"))]

pub mod auth;
pub mod check;
pub mod checkpoint;
pub mod choice;
pub mod command;
pub mod config;
pub mod datasets;
pub mod describe;
pub mod error;
pub mod event;
pub mod figures;
pub mod filter;
#[cfg(target_family = "wasm")]
mod guest;
mod hash;
pub mod http;
pub mod json;
pub mod normalize;
mod order;
pub mod paging;
pub mod plan;
pub mod receipt;
pub mod record;
pub mod report;
pub mod roster;
pub mod round;
pub mod session;
#[cfg(test)]
mod testing;
mod wide;
pub mod window;
