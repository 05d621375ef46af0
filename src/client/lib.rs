//! A client of Microsoft's APIs that is a good guest: it signs in, keeps to the limits that Microsoft states, repeats
//! what may pass, and reads the rows of answers one by one. It knows no data set and no asset.
//!
//! The rooms stand on each other in this order: [`error`], [`wire`], [`sign_in`], [`request`], [`paging`].
#![cfg_attr(not(test), deny(unused_crate_dependencies))]
#![cfg_attr(any(test, feature = "testing"), allow(clippy::unwrap_used, reason = "in a test it says what failed"))]

pub mod error;
pub mod paging;
pub mod request;
pub mod sign_in;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod wire;
