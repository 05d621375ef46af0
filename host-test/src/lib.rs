//! Host for pipeline sources.
#![cfg_attr(not(test), deny(unused_crate_dependencies))]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod cli;
pub mod clock;
pub mod config;
pub mod contract;
pub mod engine;
pub mod har;
pub mod policy;
pub mod record;
pub mod replay;
pub mod runner;
pub mod sink;
pub mod store;
pub mod testing;
pub mod transport;
