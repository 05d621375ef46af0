//! From a path to its rows: which page comes next, and the rows of a page one by one.

mod body;
mod collection;
mod files;
mod found;
mod lines;
mod mark;
mod page;
mod pager;
mod poll;
mod position;
mod reader;
mod shards;
mod walk;

pub use collection::{Collection, Source};
pub use pager::Next;
pub use poll::Poll;
pub use position::PagePosition;
pub use shards::{Extent, query_body};
