//! The frame format of LZ4. The library decodes; what it does not say is looked at first: whether a frame is there to
//! its end, and how much memory it will ask for.
#![expect(clippy::disallowed_types, reason = "what the decoder of frames fills has a limit")]

use lz4_flex::frame::FrameDecoder;

use crate::bounded::Bounded;
use crate::error::BodyError;

const MAGIC: [u8; 4] = 0x184d_2204_u32.to_le_bytes();

/// Blocks may look back so far.
const WINDOW: usize = 64 << 10;

/// Inflates all frames of a body.
pub fn inflate(compressed: &[u8], inflated: &mut Bounded<'_>) -> Result<(), BodyError> {
    let mut rest = compressed;
    loop {
        let frame = Frame::read(rest).ok_or_else(|| BodyError::corrupt("lz4", "it is no whole frame"))?;
        if frame.content.is_some_and(|content| content > inflated.limit() as u64) {
            return Err(BodyError::TooLarge(inflated.limit()));
        }
        // A compressed block, and two that are inflated with what came before them.
        inflated.charge_beside(3 * frame.block + WINDOW)?;
        let (bytes, after) = rest.split_at(frame.length);
        let mut decoder = FrameDecoder::new(bytes);
        // The decoder says "end" after an empty block, too.
        while !decoder.get_ref().is_empty() {
            inflated.fill(&mut decoder, None, |error| BodyError::corrupt("lz4", error))?;
        }
        if after.is_empty() {
            return Ok(());
        }
        rest = after;
    }
}

/// A frame that is there to its end mark.
struct Frame {
    /// All of it, bytes.
    length: usize,
    /// The largest block, inflated, bytes.
    block: usize,
    /// Inflated bytes, if it says so.
    content: Option<u64>,
}

impl Frame {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (&[flags, block], mut rest) = bytes.strip_prefix(&MAGIC)?.split_first_chunk()?;
        let block = match block >> 4 & 7 {
            4 => 64 << 10,
            5 => 256 << 10,
            6 => 1 << 20,
            7 => 4 << 20,
            _ => return None,
        };
        let (block_checksum, content_checksum) = (flags & 0x10 != 0, flags & 0x04 != 0);
        let mut content = None;
        if flags & 0x08 != 0 {
            let (said, after) = rest.split_first_chunk()?;
            (content, rest) = (Some(u64::from_le_bytes(*said)), after);
        }
        let dictionary = if flags & 0x01 != 0 { 4 } else { 0 };
        // The header's own checksum is one byte.
        rest = rest.get(dictionary + 1..)?;
        loop {
            let (said, after) = rest.split_first_chunk()?;
            let said = u32::from_le_bytes(*said);
            if said == 0 {
                rest = after.get(if content_checksum { 4 } else { 0 }..)?;
                return Some(Self { length: bytes.len() - rest.len(), block, content });
            }
            // The highest bit says that the block is not compressed.
            let length = (said & 0x7fff_ffff) as usize + if block_checksum { 4 } else { 0 };
            rest = after.get(length..)?;
        }
    }
}
