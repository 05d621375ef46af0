//! What is kept over rows, in as few bytes as it takes.
//!
//! Linear memory never shrinks, and a list that doubles has its old and its new self at once. So what is kept lies in
//! chunks of one size that are never moved, and is found by numbers of four bytes. A host that gives no more memory is no
//! reason to trap: what does not fit says so, and leaves room for everything else.

mod arena;
mod fingerprints;
mod index;
mod room;

pub use arena::Arena;
pub use fingerprints::Fingerprints;
pub use index::{Index, hash};
pub use room::has_room;
