//! The frame format of LZ4 (`lz4_Frame_format.md`, 1.6). The library inflates blocks; frames are read here, so that the
//! memory for a block is set aside once a body, however many frames there are and whatever they declare.

use lz4_flex::block::decompress_into_with_dict;
use xxhash_rust::xxh32::xxh32;

use super::Members;
use crate::bounded::Bounded;
use crate::error::BodyError;

const MAGIC: u32 = 0x184d_2204;

/// The two highest bits of the flags are the version of the format, the next ones say what a frame has.
const VERSION: u8 = 0b0100_0000;
const VERSION_MASK: u8 = 0b1100_0000;
const INDEPENDENT_BLOCKS: u8 = 1 << 5;
const BLOCK_CHECKSUMS: u8 = 1 << 4;
const CONTENT_SIZE: u8 = 1 << 3;
const CONTENT_CHECKSUM: u8 = 1 << 2;
const RESERVED: u8 = 1 << 1;
const DICTIONARY: u8 = 1;
/// Of the byte that says the largest block.
const BLOCK_RESERVED: u8 = 0b1000_1111;

/// Of a block's length: the block is not compressed.
const UNCOMPRESSED: u32 = 1 << 31;

/// Blocks may look back so far.
const WINDOW: usize = 64 << 10;

/// A byte of a block stands for 255 at most: those that lengthen a match say so many each.
const FACTOR: usize = 255;

/// The smallest size of the buffer for a block, which is also that of the smallest blocks.
const SMALLEST_BUFFER: usize = 64 << 10;

/// Inflates all frames of a body.
pub fn inflate(compressed: &[u8], inflated: &mut Bounded<'_>) -> Result<(), BodyError> {
    let mut members = Members::new("lz4");
    let mut rest = Rest(compressed);
    let mut buffer = Vec::new();
    loop {
        members.begin()?;
        frame(&mut rest, &mut buffer, inflated)?;
        if rest.0.is_empty() {
            return Ok(());
        }
    }
}

/// Inflates one frame. The buffer is for its blocks, and stays as large as the largest of them needed.
fn frame(rest: &mut Rest<'_>, buffer: &mut Vec<u8>, inflated: &mut Bounded<'_>) -> Result<(), BodyError> {
    let header = Header::read(rest)?;
    if header.content.is_some_and(|content| content > inflated.limit() as u64) {
        return Err(BodyError::TooLarge(inflated.limit()));
    }
    let begin = inflated.len();
    loop {
        let said = rest.number()?;
        if said == 0 {
            break;
        }
        let length = (said & !UNCOMPRESSED) as usize;
        if length > header.block {
            return Err(corrupt("a block is larger than its frame allows"));
        }
        let block = rest.take(length)?;
        if header.block_checksums && rest.number()? != xxh32(block, 0) {
            return Err(corrupt("the checksum of a block is wrong"));
        }
        if said & UNCOMPRESSED != 0 {
            inflated.push(block)?;
            continue;
        }
        // By powers of two, so that blocks that rise in length do not make it grow each time.
        let most = (length * FACTOR).next_power_of_two().clamp(SMALLEST_BUFFER, header.block);
        if buffer.len() < most {
            *buffer = Vec::new();
            inflated.charge_beside(most)?;
            *buffer = vec![0; most];
        }
        let window = if header.linked { begin.max(inflated.len().saturating_sub(WINDOW)) } else { inflated.len() };
        let before = &inflated.as_slice()[window..];
        let written = decompress_into_with_dict(block, &mut buffer[..most], before).map_err(corrupt)?;
        inflated.push(&buffer[..written])?;
    }
    let content = &inflated.as_slice()[begin..];
    if header.content.is_some_and(|said| said != content.len() as u64) {
        return Err(corrupt("a frame is not as long as it says"));
    }
    if header.content_checksum && rest.number()? != xxh32(content, 0) {
        return Err(corrupt("the checksum of a frame is wrong"));
    }
    Ok(())
}

/// What a frame's header says.
struct Header {
    /// The largest block, inflated, bytes.
    block: usize,
    /// Whether blocks look back into those before them.
    linked: bool,
    block_checksums: bool,
    content_checksum: bool,
    /// Inflated bytes of the frame, if it says so.
    content: Option<u64>,
}

impl Header {
    fn read(rest: &mut Rest<'_>) -> Result<Self, BodyError> {
        if rest.number()? != MAGIC {
            return Err(corrupt("it is no frame"));
        }
        let begin = rest.0;
        let [flags, block] = *rest.array()?;
        if flags & VERSION_MASK != VERSION || flags & RESERVED != 0 || block & BLOCK_RESERVED != 0 {
            return Err(corrupt("a frame of another version"));
        }
        if flags & DICTIONARY != 0 {
            return Err(corrupt("a frame needs a dictionary"));
        }
        let block = match block >> 4 {
            4 => 64 << 10,
            5 => 256 << 10,
            6 => 1 << 20,
            7 => 4 << 20,
            _ => return Err(corrupt("a frame with an unknown size of blocks")),
        };
        let content = if flags & CONTENT_SIZE == 0 { None } else { Some(u64::from_le_bytes(*rest.array()?)) };
        let described = &begin[..begin.len() - rest.0.len()];
        let [checksum] = *rest.array()?;
        if checksum != (xxh32(described, 0) >> 8) as u8 {
            return Err(corrupt("the checksum of a frame's header is wrong"));
        }
        Ok(Self {
            block,
            linked: flags & INDEPENDENT_BLOCKS == 0,
            block_checksums: flags & BLOCK_CHECKSUMS != 0,
            content_checksum: flags & CONTENT_CHECKSUM != 0,
            content,
        })
    }
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], BodyError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(|| corrupt("it ends early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const LENGTH: usize>(&mut self) -> Result<&'a [u8; LENGTH], BodyError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(|| corrupt("it ends early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, BodyError> {
        self.array().map(|bytes| u32::from_le_bytes(*bytes))
    }
}

fn corrupt(why: impl std::fmt::Display) -> BodyError {
    BodyError::corrupt("lz4", why)
}
