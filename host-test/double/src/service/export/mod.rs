//! Exports as files: links that are good for a while, and the files behind them.

mod blob;
mod link;
mod part;

pub(super) use blob::{Storage, answer};
pub(super) use link::{Keys, links};
