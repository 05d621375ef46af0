//! Whether the longest records that are to be taken fit into the memory that the host gives.
//!
//! A record is held while it is read, cut into members, sorted, written as a body and handed over. How many times its length
//! that takes depends on what it is made of: `tests/memory/records.rs` has texts, lists of numbers, of addresses, of nothing.
//! A component whose memory ends in the middle of a run can say nothing any more, so it asks for the room before.

use std::hint::black_box;

use defender_client::error::SourceError;

use super::checking::invalid;

/// What is taken for granted: a host that gives less than records of this length need runs no source well.
const GRANTED: usize = 1 << 20;

/// Most that a record takes, in times of its length; seen: 15.5.
const TIMES: usize = 16;

/// What else a run needs beside its longest record, in bytes.
const BESIDE: usize = 8 << 20;

/// Asks for the room that records of at most so many bytes need, and gives it back.
///
/// # Errors
/// `invalid-config` where the host gives less, with the memory that would do.
pub(super) fn check(max_record_bytes: usize) -> Result<(), SourceError> {
    if max_record_bytes <= GRANTED {
        return Ok(());
    }
    let mut room = Vec::<u8>::new();
    let given = room.try_reserve_exact(TIMES * max_record_bytes);
    // What is never looked at may be never asked for.
    black_box(&room);
    given.map_err(|_| {
        let memory = TIMES * max_record_bytes + BESIDE;
        let remedy = format!(
            "Raise the memory of the component to {memory} bytes (`sandbox.memory_bytes` of `source-host`), or lower \
             `limits.max_record_bytes`."
        );
        invalid(
            format!("`limits.max_record_bytes` is {max_record_bytes}, and the host gives too little memory."),
            remedy,
        )
    })
}
