//! A pipeline source for Microsoft Defender: reads assets, software, vulnerabilities and recommendations of one
//! tenant and turns them into normalised events.
//!
//! The rooms follow the way of the data: [`config`] → plan → [`http`](crate::http) and paging → [`record`] →
//! [`datasets`] and [`normalize`] → [`event`] → session. Only `guest` knows WIT and WASI; everything else is plain
//! Rust and is tested natively.
#![cfg_attr(not(test), deny(unused_crate_dependencies))]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod config;
pub mod datasets;
pub mod event;
pub mod filter;
pub mod normalize;
pub mod receipt;
pub mod record;
pub mod roster;
