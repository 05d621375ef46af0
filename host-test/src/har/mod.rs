//! HAR 1.2: the model, reading with the body encodings found in the wild, and writing.

mod absent;
mod archive;
mod attached;
mod body;
mod bound;
mod entry;
mod error;
mod member;
mod model;
mod read;
mod refusal;
mod stream;
#[cfg(test)]
mod tests;
mod write;

pub use body::BodyError;
pub use bound::MOST_BYTES;
pub use error::HarError;
pub use model::{Content, Creator, Entry, Har, Header, Log, PostData, Request, Response, Timings};
pub use read::{Exchange, parse, read_file, read_paths};
pub use write::write_file;

pub(crate) use body::unpack;
