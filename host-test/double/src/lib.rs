//! A double of the services that a collector of Defender data talks to: Microsoft Entra ID, the Defender API, Microsoft
//! Graph and the blob storage of the exports.
//!
//! One seeded model of a tenant gives every answer. Rows are derived from the seed when they are asked for, so a tenant
//! of ten million findings costs no memory, and the same seed gives the same bytes on every machine. The model changes
//! over time in steps of six hours, and can say what is true at any of them.
//!
//! # Rooms
//!
//! | room | job |
//! |---|---|
//! | [`draw`] | numbers from a seed, for any place in the tenant, in any order |
//! | [`period`] | the time of the model |
//! | [`model`] | the tenant: what exists in a period |
//! | [`truth`] | the same as a set of facts, to compare a collector with |
//! | [`wire`] | rows as the services write them |
//! | [`api`] | facts: hosts, calls, permissions, quotas |
//! | [`terms`] | on what terms the tenant is served |
//! | [`service`] | requests to answers: sign-in, permissions, quotas, paging, faults, log |
//! | [`scenario`] | the script of faults and the terms of the tenant, as TOML |
//! | [`server`] | the services over real HTTP and HTTPS |
#![cfg(not(target_family = "wasm"))]
// A library has nothing to say on its own, and `eprintln!` panics where the standard error cannot be written to.
#![deny(clippy::print_stderr, clippy::print_stdout)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "in a test it says what failed"))]

pub mod api;
pub mod draw;
pub mod model;
pub mod period;
pub mod scenario;
pub mod server;
pub mod service;
pub mod terms;
pub mod truth;
pub mod wire;
