//! Snappy: one block, or a stream of frames around blocks of 64 KiB. Both go by the same name.
#![expect(clippy::disallowed_types, reason = "what the decoder of frames fills has a limit")]

use std::io::Read as _;

use snap::raw::{Decoder, decompress_len};
use snap::read::FrameDecoder;

use crate::bounded::Bounded;
use crate::error::BodyError;

/// What a stream of frames begins with. As a block it would be one of 255 bytes that goes on with a copy of nothing.
const STREAM_IDENTIFIER: &[u8] = b"\xff\x06\x00\x00sNaPpY";

/// A copy is the most that a block can gain: 64 bytes for 3.
const FACTOR: usize = 22;

/// What the decoder of frames holds: a block, and a frame that did not get smaller.
const FRAMES: usize = 160 << 10;

/// What is taken from it at once: a block.
const PIECE: usize = 64 << 10;

/// Inflates whichever of the two it is, as the Collector does.
pub fn detect(compressed: &[u8], inflated: &mut Bounded<'_>) -> Result<(), BodyError> {
    if compressed.starts_with(STREAM_IDENTIFIER) { framed(compressed, inflated) } else { block(compressed, inflated) }
}

/// Inflates a stream of frames.
pub fn framed(compressed: &[u8], inflated: &mut Bounded<'_>) -> Result<(), BodyError> {
    let corrupt = |error| BodyError::corrupt("snappy", error);
    if compressed.is_empty() {
        return Err(BodyError::corrupt("snappy", "it is empty"));
    }
    inflated.charge_beside(FRAMES + PIECE)?;
    let mut decoder = FrameDecoder::new(compressed);
    let mut piece = vec![0; PIECE];
    loop {
        let read = decoder.read(&mut piece).map_err(corrupt)?;
        if read == 0 {
            return Ok(());
        }
        inflated.push(&piece[..read])?;
    }
}

/// Inflates one block. It begins with its inflated length.
fn block(compressed: &[u8], inflated: &mut Bounded<'_>) -> Result<(), BodyError> {
    let corrupt = |error| BodyError::corrupt("snappy", error);
    let length = decompress_len(compressed).map_err(corrupt)?;
    if length > inflated.limit() {
        return Err(BodyError::TooLarge(inflated.limit()));
    }
    if length > compressed.len().saturating_mul(FACTOR) {
        return Err(BodyError::corrupt("snappy", format!("{} bytes cannot hold {length}", compressed.len())));
    }
    let bytes = inflated.spare(Some(length))?;
    bytes.resize(length, 0);
    let written = Decoder::new().decompress(compressed, bytes).map_err(corrupt)?;
    bytes.truncate(written);
    Ok(())
}
