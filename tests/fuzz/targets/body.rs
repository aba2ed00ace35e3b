//! A body is inflated as the encoding's own library inflates it, and holds no more than its limit.
#![no_main]

use std::io::Read;

use otlp::inflate::{Encoding, inflate};
use budget::Budget;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use otlp::error::BodyError;

#[path = "../../support/compress.rs"]
mod compress;

/// Bytes: below and above the first piece of room that an inflated body gets.
const LIMITS: [usize; 2] = [100, 200_000];

fuzz_target!(|bytes: &[u8]| {
    for (name, compress) in compress::HTTP {
        let encoding = Encoding::of_http(name).expect("an encoding");
        // Few inputs carry the right checksum; compressed by us, all do.
        let valid = compress(bytes);
        for limit in LIMITS {
            check(bytes, encoding, limit);
            check(&valid, encoding, limit);
            let found = inflate(valid.clone(), encoding, limit, &mut Budget::new(usize::MAX).empty_reservation());
            assert_eq!(found.is_ok(), bytes.len() <= limit, "{name}: {found:?}");
        }
    }
});

fn check(compressed: &[u8], encoding: Encoding, limit: usize) {
    let mut reservation = Budget::new(usize::MAX).empty_reservation();
    let found = inflate(Bytes::copy_from_slice(compressed), encoding, limit, &mut reservation);
    // The one byte more shows that there is more.
    assert!(reservation.bytes() <= limit + 1, "{} bytes are held", reservation.bytes());
    let (expected, read) = inflated(compressed, encoding, limit as u64 + 1);
    match (found, read) {
        (Ok(found), Ok(_)) => assert_eq!(*found, *expected),
        (Ok(_), Err(error)) => panic!("{encoding:?}: the library refuses: {error}"),
        // Others are stricter about what follows the end, or more lenient about what should.
        (Err(error), Ok(length)) if encoding == Encoding::Gzip => {
            let many = matches!(error, BodyError::TooManyMembers { .. });
            assert!(many || length > limit, "flate2 takes it: {error}");
        }
        (Err(_), _) => {}
    }
}

/// What the library reads of `most` bytes, and how that ended.
#[expect(clippy::disallowed_types, reason = "they are given a limit")]
fn inflated(compressed: &[u8], encoding: Encoding, most: u64) -> (Vec<u8>, std::io::Result<usize>) {
    const STREAM: &[u8] = b"\xff\x06\x00\x00sNaPpY";
    let reader: Box<dyn Read> = match encoding {
        Encoding::Identity => Box::new(compressed),
        Encoding::Gzip => Box::new(flate2::read::MultiGzDecoder::new(compressed)),
        Encoding::Zlib => Box::new(flate2::read::ZlibDecoder::new(compressed)),
        Encoding::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(compressed).expect("memory")),
        Encoding::Snappy if !compressed.starts_with(STREAM) => return block(compressed, most),
        Encoding::Snappy | Encoding::SnappyFramed => Box::new(snap::read::FrameDecoder::new(compressed)),
        Encoding::Lz4 => Box::new(Frames(lz4_flex::frame::FrameDecoder::new(compressed))),
    };
    let mut bytes = Vec::new();
    let read = reader.take(most).read_to_end(&mut bytes);
    (bytes, read)
}

fn block(compressed: &[u8], most: u64) -> (Vec<u8>, std::io::Result<usize>) {
    match snap::raw::decompress_len(compressed) {
        Ok(length) if length as u64 <= most => match snap::raw::Decoder::new().decompress_vec(compressed) {
            Ok(bytes) => (bytes, Ok(length)),
            Err(error) => (Vec::new(), Err(error.into())),
        },
        Ok(length) => (Vec::new(), Ok(length)),
        Err(error) => (Vec::new(), Err(error.into())),
    }
}

/// The library says "end" after each frame, and after each empty block.
#[expect(clippy::disallowed_types, reason = "it is given a limit")]
struct Frames<'a>(lz4_flex::frame::FrameDecoder<&'a [u8]>);

impl Read for Frames<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let read = self.0.read(bytes)?;
            if read > 0 || self.0.get_ref().is_empty() || bytes.is_empty() {
                return Ok(read);
            }
        }
    }
}
