//! Gzip (RFC 1952) and zlib (RFC 1950), two wrappings of deflate.

use flate2::{Decompress, FlushDecompress, Status};

use super::Members;
use crate::bounded::Bounded;
use crate::error::BodyError;

/// Deflate cannot shrink by more than this factor.
const FACTOR: usize = 1032;

const WINDOW_BITS: u8 = 15;

/// What a decoder holds: its window of 32 KiB, tables of codes and the state around them, 42 KiB in zlib-rs 0.6.
const DECODER: usize = 64 << 10;

/// Inflates all members of a gzip body.
pub fn gzip(compressed: &[u8], inflated: &mut Bounded<'_>) -> Result<(), BodyError> {
    let hint = length_hint(compressed, inflated.limit());
    inflated.charge_beside(DECODER)?;
    let mut members = Members::new("gzip");
    let mut rest = compressed;
    loop {
        members.begin()?;
        rest = stream("gzip", Decompress::new_gzip(WINDOW_BITS), rest, hint, inflated)?;
        if rest.is_empty() {
            return Ok(());
        }
    }
}

/// Inflates a zlib body, which is one stream.
pub fn zlib(compressed: &[u8], inflated: &mut Bounded<'_>) -> Result<(), BodyError> {
    inflated.charge_beside(DECODER)?;
    let rest = stream("zlib", Decompress::new(true), compressed, None, inflated)?;
    if rest.is_empty() { Ok(()) } else { Err(BodyError::corrupt("zlib", "something follows its end")) }
}

/// Inflates one stream, and returns what follows it.
fn stream<'a>(
    encoding: &'static str,
    mut decompress: Decompress,
    compressed: &'a [u8],
    hint: Option<usize>,
    inflated: &mut Bounded<'_>,
) -> Result<&'a [u8], BodyError> {
    let mut rest = compressed;
    loop {
        let bytes = inflated.spare(hint)?;
        let before = (decompress.total_in(), bytes.len());
        let status = decompress
            .decompress_vec(rest, bytes, FlushDecompress::None)
            .map_err(|error| BodyError::corrupt(encoding, error))?;
        let consumed = (decompress.total_in() - before.0) as usize;
        rest = rest.get(consumed..).unwrap_or_default();
        let stuck = consumed == 0 && bytes.len() == before.1;
        let starved = (rest.is_empty() || stuck) && bytes.len() < bytes.capacity();
        inflated.check()?;
        match status {
            Status::StreamEnd => return Ok(rest),
            Status::Ok | Status::BufError if starved => return Err(BodyError::corrupt(encoding, "it ends early")),
            Status::Ok | Status::BufError => {}
        }
    }
}

/// The length that the last four bytes of a gzip body say, as far as it is to be believed: memory for it is charged
/// and set aside, and what is inflated is counted.
fn length_hint(compressed: &[u8], limit: usize) -> Option<usize> {
    let said = compressed.last_chunk().map_or(0, |last| u32::from_le_bytes(*last) as usize);
    (said <= limit.min(compressed.len().saturating_mul(FACTOR))).then_some(said)
}
