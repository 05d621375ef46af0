//! What is kept over rows, in as few bytes as it takes: the devices, which identities came, which devices are left out, and
//! the last event of each record in a window of changes.
//!
//! Linear memory never shrinks, and a list that doubles has its old and its new self at once. So what is kept lies in
//! chunks of one size that are never moved, and is found by numbers of four bytes. A host that gives no more memory is no
//! reason to trap: what does not fit says so, and leaves room for everything else.

mod allocation;
mod arena;
mod change_window;
mod device_filter;
mod fingerprints;
mod index;
mod roster;
mod roster_entry;
mod roster_words;
mod seen;

pub use change_window::{Standing, Window};
pub use device_filter::{DeviceFilter, DeviceTraits, FilterReason};
pub use roster::{Coverage, Roster};
pub use seen::Seen;
