//! The body of a request: read, inflated and charged as it comes, never beyond its limit.

use bytes::{Bytes, BytesMut};
use flate2::{Decompress, FlushDecompress, Status};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use thiserror::Error;

use crate::pipeline::room::Charge;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// Gzip.
    Gzip,
}

impl Encoding {
    /// The encoding of that name, as HTTP and gRPC write it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "" | "identity" => Some(Self::Identity),
            "gzip" => Some(Self::Gzip),
            _ => None,
        }
    }
}

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
    #[error("the body is not valid gzip: {0}")]
    Corrupt(String),
    /// The connection broke, or the sender said a length and sent another.
    #[error("the body ended early: {0}")]
    Broken(#[from] hyper::Error),
}

/// The first piece of room for an inflated body, where its end does not say a length that can be.
const FIRST_INFLATED: usize = 64 << 10;

/// Deflate cannot shrink by more than this factor.
const DEFLATE_FACTOR: usize = 1032;

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

/// Inflates a gzip body of any number of members. Memory is charged before it is used.
///
/// # Errors
/// See [`BodyError`].
pub fn inflate(compressed: &[u8], limit: usize, charge: &mut Charge) -> Result<Bytes, BodyError> {
    const WINDOW_BITS: u8 = 15;
    let corrupt = |why: &str| BodyError::Corrupt(why.to_owned());
    let mut decompress = Decompress::new_gzip(WINDOW_BITS);
    let mut inflated = Vec::new();
    let mut rest = compressed;
    let hint = length_hint(compressed, limit);
    loop {
        if inflated.len() == inflated.capacity() {
            // One byte more than the limit shows that there is more than the limit.
            let room = inflated.capacity().max(hint).min(limit + 1 - inflated.len());
            if room == 0 {
                return Err(BodyError::TooLarge(limit));
            }
            if !charge.grow(room) {
                return Err(BodyError::NoRoom);
            }
            inflated.reserve_exact(room);
        }
        let before = (decompress.total_in(), inflated.len());
        let status = decompress
            .decompress_vec(rest, &mut inflated, FlushDecompress::None)
            .map_err(|error| BodyError::Corrupt(error.to_string()))?;
        let consumed = (decompress.total_in() - before.0) as usize;
        rest = rest.get(consumed..).unwrap_or_default();
        if inflated.len() > limit {
            return Err(BodyError::TooLarge(limit));
        }
        match status {
            Status::StreamEnd if rest.is_empty() => return Ok(inflated.into()),
            Status::StreamEnd => decompress = Decompress::new_gzip(WINDOW_BITS),
            Status::Ok | Status::BufError => {
                let stuck = consumed == 0 && inflated.len() == before.1;
                if rest.is_empty() && inflated.len() < inflated.capacity()
                    || stuck && inflated.len() < inflated.capacity()
                {
                    return Err(corrupt("it ends early"));
                }
            }
        }
    }
}

/// The length that the last four bytes of a gzip body say, as far as it is to be believed: memory for it is only set aside,
/// and what is inflated is counted.
fn length_hint(compressed: &[u8], limit: usize) -> usize {
    let said = compressed.last_chunk().map_or(0, |last| u32::from_le_bytes(*last) as usize);
    if said <= limit.min(compressed.len().saturating_mul(DEFLATE_FACTOR)) { said + 1 } else { FIRST_INFLATED }
}
