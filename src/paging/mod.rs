//! From a path to its rows: which page comes next, and the rows of a page one by one.

mod body;
mod collection;
mod files;
mod found;
mod lines;
mod page;
mod pager;
mod position;
mod reader;

pub use collection::{Collection, Poll, Source};
pub use pager::Next;
pub use position::PagePosition;
