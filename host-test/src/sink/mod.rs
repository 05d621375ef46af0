//! Where events go: newline-delimited JSON, to the standard output or a file.
//!
//! | file | job |
//! |---|---|
//! | `lines` | events as lines, made durable batch by batch |
//! | `outlet` | what an open file is, and what "durable" means for it |
//! | `reader` | whether the reader of a pipe has read |
//! | `standard` | the standard output, as the program found it |
//! | `place` | a path: opened, locked, and still there |
//! | `content` | whether a file holds our lines, and where its half line begins |

mod content;
mod error;
mod lines;
mod outlet;
mod place;
#[cfg(unix)]
mod reader;
mod standard;

use crate::contract::Event;

pub use error::SinkError;
pub use lines::Lines;
pub use place::{Claim, examine};
pub use standard::{identity as standard_output, usable as check_standard_output};

/// Somewhere to deliver events.
pub trait Sink {
    /// Takes some events, in order.
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError>;
    /// Returns when everything taken so far survives a crash, as far as the kind of sink allows. A position before
    /// which events are that were not, must not be stored.
    fn make_durable(&mut self) -> Result<(), SinkError>;
}
