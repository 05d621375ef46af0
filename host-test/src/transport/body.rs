//! Bodies of answers: made of bytes or of chunks, and read whole.

use super::error::TransportError;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};

/// Body of an answer, as a stream of chunks.
pub type Body = UnsyncBoxBody<Bytes, TransportError>;

/// A body that is already there, in chunks of at most `chunk_bytes`.
pub fn body_from_bytes(bytes: Bytes, chunk_bytes: usize) -> Body {
    let size = chunk_bytes.max(1);
    if bytes.len() <= size {
        return Full::new(bytes).map_err(|never| match never {}).boxed_unsync();
    }
    let chunks = std::iter::successors(Some(bytes), move |rest| (rest.len() > size).then(|| rest.slice(size..)));
    body_from_chunks(chunks.map(move |rest| Ok(rest.slice(..size.min(rest.len())))))
}

/// A body that is made while it is read.
pub fn body_from_chunks<I>(chunks: I) -> Body
where
    I: IntoIterator<Item = Result<Bytes, TransportError>>,
    I::IntoIter: Send + 'static,
{
    let frames = chunks.into_iter().map(|chunk| chunk.map(http_body::Frame::data));
    StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync()
}

/// The whole of a body, up to a limit.
pub async fn read_all<B>(body: B, limit: usize) -> Result<Bytes, B::Error>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: From<TooLong>,
{
    let mut body = std::pin::pin!(body);
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if whole.len() + data.len() > limit {
                return Err(TooLong.into());
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.into())
}

/// A body was longer than the caller wanted to hold.
#[derive(Debug)]
pub struct TooLong;

impl From<TooLong> for TransportError {
    fn from(_: TooLong) -> Self {
        Self::RequestTooLong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bodies_come_in_chunks_of_the_wanted_size() {
        for (size, expected) in [(1, 7), (3, 3), (7, 1), (100, 1), (0, 7)] {
            let mut body = body_from_bytes(Bytes::from_static(b"1234567"), size);
            let (mut chunks, mut whole) = (0, Vec::new());
            while let Some(frame) = body.frame().await {
                chunks += 1;
                whole.extend_from_slice(&frame.unwrap().into_data().unwrap());
            }
            assert_eq!((chunks, whole.as_slice()), (expected, b"1234567".as_slice()), "{size}");
        }
    }

    #[tokio::test]
    async fn long_bodies_are_refused_before_they_are_held() {
        let endless = std::iter::repeat_with(|| Ok(Bytes::from_static(&[0; 1024])));
        assert_eq!(read_all(body_from_chunks(endless), 4096).await, Err(TransportError::RequestTooLong));
    }
}
