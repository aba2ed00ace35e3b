//! Bodies compressed as senders compress them.

use std::io::Write as _;

use bytes::Bytes;

/// Compresses whatever it is given.
pub type Compress = fn(&[u8]) -> Bytes;

/// What HTTP calls each encoding, and how it is made. The two forms of snappy go by one name.
pub const HTTP: [(&str, Compress); 8] = [
    ("gzip", gzip),
    ("zlib", zlib),
    ("deflate", zlib),
    ("zstd", zstd),
    ("snappy", snappy),
    ("snappy", snappy_framed),
    ("x-snappy-framed", snappy_framed),
    ("lz4", lz4),
];

pub fn gzip(bytes: &[u8]) -> Bytes {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory").into()
}

pub fn zlib(bytes: &[u8]) -> Bytes {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory").into()
}

/// With a checksum, and without a length in front, as whoever writes a stream has it.
pub fn zstd(bytes: &[u8]) -> Bytes {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).expect("memory");
    encoder.include_checksum(true).expect("it can");
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory").into()
}

pub fn snappy(bytes: &[u8]) -> Bytes {
    snap::raw::Encoder::new().compress_vec(bytes).expect("it is small enough").into()
}

pub fn snappy_framed(bytes: &[u8]) -> Bytes {
    let mut encoder = snap::write::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).expect("memory");
    let mut framed = encoder.into_inner().expect("memory");
    if bytes.is_empty() {
        // The encoder says nothing at all about nothing; others say at least what they are.
        framed.extend_from_slice(b"\xff\x06\x00\x00sNaPpY");
    }
    framed.into()
}

/// With blocks that look back into those before them, which is the most that a decoder has to do.
pub fn lz4(bytes: &[u8]) -> Bytes {
    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};

    let info = FrameInfo::new()
        .block_size(BlockSize::Max64KB)
        .block_mode(BlockMode::Linked)
        .block_checksums(true)
        .content_checksum(true);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory").into()
}
