//! Exports as files: links that are good for a while, and the files behind them.

mod blob;
mod file;
mod link;
mod part;
mod range;

pub(super) use blob::{Lengths, Storage, answer, expired};
pub(super) use link::{Keys, VERSION, links};
