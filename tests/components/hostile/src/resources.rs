//! Attacks on time, memory and whatever else the host has.

use std::hint::black_box;
use std::io::{Read, Write};
use wasi::clocks::monotonic_clock;
use wasi::http::types::Fields;
use wasi::random::random::get_random_bytes;

/// Never ends.
pub(crate) fn spin() -> ! {
    let mut count = 0u64;
    loop {
        count = black_box(count.wrapping_add(1));
    }
}

/// Goes on until the stack ends.
pub(crate) fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if black_box(depth) == 0 { 0 } else { recurse(depth + 1) + black_box(frame[7]) }
}

/// Goes on until the memory ends.
pub(crate) fn allocate() -> ! {
    let mut held = Vec::new();
    loop {
        held.push(black_box(vec![1u8; 1024 * 1024]));
    }
}

/// Writes a hundred thousand lines, and one that does not end, and never returns.
pub(crate) fn flood() -> ! {
    #[allow(clippy::disallowed_methods, reason = "this is no part of the host, and means to write too much")]
    let mut out = std::io::stderr();
    for number in 0..100_000u32 {
        let _ = writeln!(out, "{number} flood");
    }
    let long = [b'x'; 4096];
    loop {
        let _ = out.write_all(&long);
    }
}

/// Asks again and again whether a moment is over that has long passed.
pub(crate) fn busy_poll() -> ! {
    loop {
        let passed = monotonic_clock::subscribe_instant(0);
        passed.block();
        black_box(passed.ready());
    }
}

/// Takes things of the host until there are no more.
pub(crate) fn handles() -> ! {
    loop {
        std::mem::forget(Fields::new());
    }
}

/// Fills the headers of a request until there is no room.
pub(crate) fn long_header() -> ! {
    let fields = Fields::new();
    let value = vec![b'x'; 60 * 1024];
    let _ = fields.append("authorization", &value);
    spin()
}

/// Asks for more random numbers than there is memory.
pub(crate) fn random() -> ! {
    black_box(get_random_bytes(1 << 40));
    spin()
}

/// What can be seen of the host.
pub(crate) fn surroundings() -> String {
    let mut input = Vec::new();
    let read = std::io::stdin().read_to_end(&mut input).unwrap_or_default();
    format!("{} variables, {} arguments, {read} bytes of input", std::env::vars().count(), std::env::args().count())
}
