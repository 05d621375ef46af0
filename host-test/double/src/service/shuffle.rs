//! Rows in another order.

use crate::draw::Draw;

/// Rows that change places among each other: a longer answer is never held as a whole.
pub(super) const WINDOW: usize = 1000;

/// Puts rows into another order, by Sattolo's algorithm: none of two or more stays where it was.
pub(super) fn rows<T>(rows: &mut [T], draw: Draw) {
    for last in (1..rows.len()).rev() {
        let other = draw.nth(last as u64).below(last as u64);
        rows.swap(last, usize::try_from(other).unwrap_or(last));
    }
}

/// The lines of a chunk in another order.
pub(super) fn lines(chunk: &[u8], draw: Draw) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = chunk.split_inclusive(|byte| *byte == b'\n').collect();
    rows(&mut lines, draw);
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_there_and_elsewhere() {
        for seed in 0..50 {
            let mut two = [1, 2];
            rows(&mut two, Draw::seed(seed));
            assert_eq!(two, [2, 1]);
            let mut many: Vec<u32> = (0..100).collect();
            rows(&mut many, Draw::seed(seed));
            assert!((0..).zip(&many).all(|(place, row)| place != *row), "{many:?}");
            many.sort_unstable();
            assert_eq!(many, (0..100).collect::<Vec<u32>>());
        }
        rows::<u8>(&mut [], Draw::seed(1));
        assert_eq!(lines(b"a\nb\n", Draw::seed(1)), b"b\na\n");
        assert_eq!(lines(b"", Draw::seed(1)), b"");
    }
}
