//! Ids for the support.

use crate::draw::Draw;

/// A UUID of version 4.
pub(super) fn uuid(draw: Draw) -> String {
    let (high, low) = (draw.nth(0).bits(), draw.nth(1).bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff
    )
}
