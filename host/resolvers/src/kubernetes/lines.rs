//! Lines of a body that does not end: the events of a watch.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use crate::polling::Failure;

/// An event: a slice has at most 1,000 endpoints, of a kilobyte or less.
const LINE_BYTES: usize = 4 << 20;

/// The lines of a body.
pub(super) struct Lines {
    body: Incoming,
    /// What has come of the next line.
    held: BytesMut,
    /// How many bytes of it have no line's end.
    searched: usize,
}

impl Lines {
    pub(super) fn of(body: Incoming) -> Self {
        Self { body, held: BytesMut::new(), searched: 0 }
    }

    /// The next line, without its end; none at the end of the body. May be broken off and begun again.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            if let Some(length) = self.held[self.searched..].iter().position(|byte| *byte == b'\n') {
                let line = self.held.split_to(self.searched + length + 1).freeze();
                self.searched = 0;
                return Ok(Some(line.slice(..line.len() - 1)));
            }
            self.searched = self.held.len();
            if self.searched > LINE_BYTES {
                return Err(Failure::Other("an event is longer than 4 MiB".into()));
            }
            match self.body.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(Failure::Other(error.to_string())),
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        self.held.extend_from_slice(data);
                    }
                }
            }
        }
    }
}
