//! From a path to its rows: which page comes next, and the rows of a page one by one.

mod body;
mod collection;
mod files;
mod late;
mod lines;
mod page;
mod page_progress;
mod pager;
mod poll;
mod position;
mod reader;
mod reader_outcome;
mod route;
mod shards;
mod walk;
mod wanted;

pub use collection::{Collection, Source};
pub use poll::Poll;
pub use position::{Behind, Next, PagePosition, Seam};
pub use reader_outcome::BadRow;
pub use route::Paging;
pub use shards::{Extent, query_body};
