//! Whether the host gives more memory.

use std::hint::black_box;

/// Most bytes that a store takes without a look at what is left.
const FREE: usize = 4 << 20;

/// What has to be left for the rest: the longest row, a batch, the answers that are under way.
const REST: usize = 4 << 20;

/// Whether a store that has `kept` bytes can have `more`, and leaves room for the rest.
#[must_use]
#[inline(never)]
pub(super) fn has_room(kept: usize, more: usize) -> bool {
    let rest = if kept < FREE { 0 } else { REST };
    let mut probe: Vec<u8> = Vec::new();
    let is_given = probe.try_reserve_exact(more.saturating_add(rest)).is_ok();
    // What is never looked at would not be asked for either.
    black_box(probe.as_ptr());
    is_given
}

#[cfg(test)]
mod tests {
    #[test]
    fn nobody_has_all_memory_that_there_is() {
        assert!(super::has_room(0, 1 << 16));
        assert!(super::has_room(usize::MAX, 1 << 16));
        assert!(!super::has_room(0, usize::MAX / 2));
    }
}
