//! The body of a request: read and charged as it comes, never beyond its limit.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

use budget::Reservation;
use otlp::bounded::Bounded;
use otlp::error::BodyError;

/// Reads a body as it is sent. The length that it declares is no reason to set memory aside: only what has come is.
///
/// # Errors
/// See [`BodyError`].
pub async fn read(body: &mut Incoming, limit: usize, reservation: &mut Reservation) -> Result<Bytes, BodyError> {
    let declared = body.size_hint().exact().and_then(|length| usize::try_from(length).ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(BodyError::TooLarge(limit));
    }
    let Some(first) = next_data(body).await? else { return Ok(Bytes::new()) };
    // A body that came in one piece is not copied.
    if first.len() <= limit && (body.is_end_stream() || declared == Some(first.len())) {
        return if reservation.grow(first.len()) { Ok(first) } else { Err(BodyError::NoRoom) };
    }
    let mut whole = Bounded::new(limit, reservation);
    if let Some(declared) = declared {
        whole.expect(declared);
    }
    let mut next = Some(first);
    while let Some(piece) = next {
        whole.push(&piece)?;
        drop(piece);
        next = next_data(body).await?;
    }
    whole.finish()
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
