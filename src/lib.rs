//! A pipeline source for Microsoft Defender: reads assets, software, vulnerabilities and recommendations of one
//! tenant and turns them into normalised events.
//!
//! Each room stands on those below it: [`commands`] → [`session`] → [`plan`] → [`diagnose`] → [`datasets`] → [`memory`] →
//! [`config`] and [`ocsf`] → [`catalog`] → the crates `client` and `rows`. Only `guest` knows WIT and WASI; everything
//! else is plain Rust and is tested natively.
#![cfg_attr(not(test), deny(unused_crate_dependencies))]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "in a test it says what failed"))]

pub mod catalog;
pub mod commands;
pub mod config;
pub mod datasets;
pub mod diagnose;
#[cfg(target_family = "wasm")]
mod guest;
pub mod memory;
pub mod ocsf;
pub mod plan;
pub mod session;
