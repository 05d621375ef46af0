//! Bodies as hyper reads them: piece by piece, with pauses and broken ends.

use super::wire::Fate;
use crate::service::{Body as Pieces, Piece};
use bytes::Bytes;
use http_body::{Body, Frame};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::time::Sleep;

/// A body from pieces.
pub(super) struct PieceBody {
    pieces: Pieces,
    pause: Option<Pin<Box<Sleep>>>,
    /// How the connection ends, once what was written before is on its way.
    end: Option<io::ErrorKind>,
    fate: Fate,
}

impl PieceBody {
    pub(super) fn new(pieces: Pieces, fate: Fate) -> Self {
        Self { pieces, pause: None, end: None, fate }
    }
}

impl Body for PieceBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            if let Some(kind) = self.end {
                if kind == io::ErrorKind::ConnectionReset {
                    self.fate.reset();
                }
                return Poll::Ready(Some(Err(kind.into())));
            }
            match self.pieces.next() {
                None => return Poll::Ready(None),
                Some(Piece::Data(bytes)) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Some(Piece::Pause(pause)) => self.pause = Some(Box::pin(tokio::time::sleep(pause))),
                Some(end @ (Piece::Closed | Piece::Reset)) => {
                    let reset = end == Piece::Reset;
                    self.end =
                        Some(if reset { io::ErrorKind::ConnectionReset } else { io::ErrorKind::ConnectionAborted });
                    // Pending makes the connection flush what it has, which an error would throw away.
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    }
}
