//! A body in pieces, sent without being put together.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// Pieces that are sent one after another.
#[derive(Debug, Clone, Default)]
pub struct Pieces {
    /// Last piece first.
    rest: Vec<Bytes>,
    bytes: u64,
}

impl Pieces {
    /// These pieces, in their order.
    #[must_use]
    pub fn new(mut pieces: Vec<Bytes>) -> Self {
        pieces.reverse();
        let bytes = pieces.iter().map(|piece| piece.len() as u64).sum();
        Self { rest: pieces, bytes }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.rest.pop();
        self.bytes -= piece.as_ref().map_or(0, |piece| piece.len() as u64);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes)
    }
}
