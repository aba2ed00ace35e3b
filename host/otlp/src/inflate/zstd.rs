//! Zstandard (RFC 8878).

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation as _, OutBuffer};

use super::Members;
use crate::bounded::Bounded;
use crate::error::BodyError;

/// The largest window: 2^23 bytes are what RFC 8878 asks every decoder to support, and the most that it advises to
/// take.
const WINDOW_LOG: u32 = 23;

/// What a decoder holds beside its window: 94 KiB of tables and literals, one block of 128 KiB as it came, and two that are
/// inflated behind the window (`ZSTD_estimateDStreamSize` of zstd 1.5.7).
const DECODER: usize = 512 << 10;

/// Of real data. More is possible, and then the bytes are made room for as they come.
const USUAL_FACTOR: usize = 256;

/// Inflates all frames of a body.
pub fn inflate(compressed: &[u8], inflated: &mut Bounded<'_>) -> Result<(), BodyError> {
    let corrupt = |error| BodyError::corrupt("zstd", error);
    inflated.charge_beside(DECODER)?;
    let mut decoder = Decoder::new().map_err(corrupt)?;
    decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG)).map_err(corrupt)?;
    let mut members = Members::new("zstd");
    let mut rest = compressed;
    loop {
        members.begin()?;
        let hint = announce(rest, inflated)?;
        rest = frame(&mut decoder, rest, hint, inflated)?;
        if rest.is_empty() {
            return Ok(());
        }
    }
}

/// Inflates one frame, and returns what follows it.
fn frame<'a>(
    decoder: &mut Decoder<'_>,
    compressed: &'a [u8],
    hint: Option<usize>,
    inflated: &mut Bounded<'_>,
) -> Result<&'a [u8], BodyError> {
    let mut rest = compressed;
    loop {
        let bytes = inflated.spare(hint)?;
        let before = bytes.len();
        let mut input = InBuffer::around(rest);
        let mut output = OutBuffer::around_pos(bytes, before);
        let missing = decoder.run(&mut input, &mut output).map_err(|error| BodyError::corrupt("zstd", error))?;
        let consumed = input.pos();
        rest = rest.get(consumed..).unwrap_or_default();
        let stuck = consumed == 0 && bytes.len() == before;
        let starved = (rest.is_empty() || stuck) && bytes.len() < bytes.capacity();
        inflated.check()?;
        if missing == 0 {
            return Ok(rest);
        }
        if starved {
            return Err(BodyError::corrupt("zstd", "it ends early"));
        }
    }
}

/// Looks at what the header of a frame asks for, before the decoder does: its window is charged. Returns the content's
/// length if it is said and to be believed. A header that is none is left to the decoder.
fn announce(frame: &[u8], inflated: &mut Bounded<'_>) -> Result<Option<usize>, BodyError> {
    let Some(header) = Header::read(frame) else { return Ok(None) };
    if header.content.is_some_and(|content| content > inflated.limit() as u64) {
        return Err(BodyError::TooLarge(inflated.limit()));
    }
    let window = header.window.min(1 << WINDOW_LOG) as usize;
    inflated.charge_beside(DECODER + window)?;
    let content = header.content.and_then(|content| usize::try_from(content).ok());
    Ok(content.filter(|content| *content <= frame.len().saturating_mul(USUAL_FACTOR)))
}

/// What a frame's header says (RFC 8878, 3.1.1.1).
struct Header {
    /// Bytes to which the decoder may have to look back.
    window: u64,
    /// Bytes of the inflated frame.
    content: Option<u64>,
}

impl Header {
    /// None if it is that of a frame to be skipped, or of nothing that is known.
    fn read(frame: &[u8]) -> Option<Self> {
        let (&descriptor, mut rest) = frame.strip_prefix(&[0x28, 0xb5, 0x2f, 0xfd])?.split_first()?;
        let single_segment = descriptor & 0x20 != 0;
        let mut window = 0;
        if !single_segment {
            let (&said, after) = rest.split_first()?;
            let base = 1_u64 << (10 + (said >> 3));
            window = base + base / 8 * u64::from(said & 7);
            rest = after;
        }
        let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let rest = rest.get(dictionary..)?;
        let content = match descriptor >> 6 {
            0 if single_segment => Some(u64::from(*rest.first()?)),
            0 => None,
            1 => Some(u64::from(u16::from_le_bytes(*rest.first_chunk()?)) + 256),
            2 => Some(u64::from(u32::from_le_bytes(*rest.first_chunk()?))),
            _ => Some(u64::from_le_bytes(*rest.first_chunk()?)),
        };
        // A single segment is its own window.
        let window = if single_segment { content.unwrap_or(0) } else { window };
        Some(Self { window, content })
    }
}
