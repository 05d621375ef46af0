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
mod shards;
mod walk;

pub use collection::{Collection, Poll, Source};
pub use pager::Next;
pub use position::PagePosition;
pub use shards::{Extent, query_body};
