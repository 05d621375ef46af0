//! HAR 1.2: the model, reading with the body encodings found in the wild, writing, and what must not be written.

mod body;
mod model;
mod read;
mod redact;
mod write;

pub use body::BodyError;
pub use model::{Content, Creator, Entry, Har, Header, Log, PostData, Request, Response, Timings};
pub use read::{Exchange, HarError, parse, read_file, read_paths};
pub use redact::{REDACTED, redact_body, redact_form, redact_headers, redact_url};
pub use write::{Recorded, entry, write_file};
