//! The body of a request: read and charged as it comes, never beyond its limit.

use std::fmt::Display;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use thiserror::Error;

use crate::pipeline::room::Charge;

/// Why a body cannot be had.
#[derive(Debug, Error)]
pub enum BodyError {
    /// It is larger than it may be, before or after it was inflated.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The host holds too much already.
    #[error("no room for the body")]
    NoRoom,
    /// It is not what its encoding says.
    #[error("the body is not valid {encoding}: {why}")]
    Corrupt {
        /// The encoding's name.
        encoding: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The connection broke, or the sender said a length and sent another.
    #[error("the body ended early: {0}")]
    Broken(#[from] hyper::Error),
}

impl BodyError {
    /// A body that is not what its encoding says.
    pub fn corrupt(encoding: &'static str, why: impl Display) -> Self {
        Self::Corrupt { encoding, why: why.to_string() }
    }
}

/// Reads a body as it is sent.
///
/// # Errors
/// See [`BodyError`].
pub async fn read(body: &mut Incoming, limit: usize, charge: &mut Charge) -> Result<Bytes, BodyError> {
    let declared = body.size_hint().exact().and_then(|length| usize::try_from(length).ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(BodyError::TooLarge(limit));
    }
    let Some(first) = next_data(body).await? else { return Ok(Bytes::new()) };
    if !charge.grow(first.len()) {
        return Err(BodyError::NoRoom);
    }
    // A body that came in one piece is not copied.
    if first.len() <= limit && (body.is_end_stream() || declared == Some(first.len())) {
        return Ok(first);
    }
    let mut whole = BytesMut::with_capacity(declared.unwrap_or(2 * first.len()).min(limit));
    let mut next = Some(first);
    while let Some(piece) = next {
        if whole.len() + piece.len() > limit {
            return Err(BodyError::TooLarge(limit));
        }
        whole.extend_from_slice(&piece);
        next = next_data(body).await?;
        if let Some(piece) = &next
            && !charge.grow(piece.len())
        {
            return Err(BodyError::NoRoom);
        }
    }
    Ok(whole.freeze())
}

/// Reads on for a while after a body was refused, and keeps nothing: a sender that is still writing when the connection
/// closes sees a broken pipe, not the answer, and comes again.
pub async fn discard(body: &mut Incoming, limit: usize) {
    let mut read = 0;
    while read <= limit
        && let Ok(Some(piece)) = next_data(body).await
    {
        read += piece.len();
    }
}

async fn next_data(body: &mut Incoming) -> Result<Option<Bytes>, BodyError> {
    loop {
        match body.frame().await.transpose()? {
            None => return Ok(None),
            Some(frame) => match frame.into_data() {
                Ok(data) if data.is_empty() => {}
                Ok(data) => return Ok(Some(data)),
                // Trailers say nothing to us.
                Err(_) => {}
            },
        }
    }
}
