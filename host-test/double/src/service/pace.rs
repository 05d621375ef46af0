//! How fast a body comes.

use super::answer::{Body, Piece};
use std::num::NonZeroU64;
use std::time::Duration;

/// A body that takes its time: each piece comes when a line of so many bytes a second has carried it.
pub(super) fn paced(body: Body, bytes_per_sec: NonZeroU64) -> Body {
    Box::new(body.flat_map(move |piece| {
        let nanos = match &piece {
            Piece::Data(data) => u128::from(data.len() as u64) * 1_000_000_000 / u128::from(bytes_per_sec.get()),
            Piece::Pause(_) | Piece::Reset | Piece::Closed => 0,
        };
        let pause = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let before = (!pause.is_zero()).then_some(Piece::Pause(pause));
        before.into_iter().chain([piece])
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn a_line_takes_as_long_as_it_is_slow() {
        let data = |length: usize| Piece::Data(Bytes::from(vec![0; length]));
        let body = vec![data(1000), data(500), data(0), Piece::Closed];
        let rate = NonZeroU64::new(2000).unwrap();
        let pieces: Vec<Piece> = paced(Box::new(body.into_iter()), rate).collect();
        let pause = |millis| Piece::Pause(Duration::from_millis(millis));
        assert_eq!(pieces, [pause(500), data(1000), pause(250), data(500), data(0), Piece::Closed]);
        let slowest = paced(Box::new(std::iter::once(data(1))), NonZeroU64::MIN);
        assert_eq!(slowest.count(), 2);
    }
}
