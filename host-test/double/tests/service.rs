//! The services as a client meets them, without a socket.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "in a test it says what failed")]

#[path = "service/client.rs"]
mod client;
#[path = "service/every_call.rs"]
mod every_call;
#[path = "service/exports.rs"]
mod exports;
#[path = "service/faults.rs"]
mod faults;
#[path = "service/graph_rules.rs"]
mod graph_rules;
#[path = "service/hunting.rs"]
mod hunting;
#[path = "service/options.rs"]
mod options;
#[path = "service/paging.rs"]
mod paging;
#[path = "service/permissions.rs"]
mod permissions;
#[path = "service/quotas.rs"]
mod quotas;
#[path = "service/sign_in.rs"]
mod sign_in;
