//! The body of a request: read and charged as it comes, never beyond its limit.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

use budget::Charge;
use otlp::error::BodyError;

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
        match body.frame().await.transpose().map_err(|error| BodyError::Broken(error.to_string()))? {
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
