//! A gzip body is inflated as `flate2` inflates it, and holds no more than its limit.
#![no_main]

use std::io::{Read as _, Write as _};

use alluvium::otlp::body;
use alluvium::pipeline::room::Room;
use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;

/// Bytes: below and above the first piece of room that an inflated body gets.
const LIMITS: [usize; 2] = [100, 200_000];

fuzz_target!(|bytes: &[u8]| {
    // Few inputs carry the right checksum; compressed by us, all do.
    let valid = compressed(bytes);
    for limit in LIMITS {
        check(bytes, limit);
        check(&valid, limit);
    }
});

fn check(compressed: &[u8], limit: usize) {
    let mut charge = Room::new(usize::MAX).empty_charge();
    let found = body::inflate(compressed, limit, &mut charge);
    // The one byte more shows that there is more.
    assert!(charge.bytes() <= limit + 1, "{} bytes are held", charge.bytes());
    let (expected, read) = inflated(compressed, limit as u64 + 1);
    match (found, read) {
        (Ok(found), Ok(_)) => assert_eq!(*found, *expected),
        (Ok(_), Err(error)) => panic!("flate2 refuses: {error}"),
        (Err(error), Ok(length)) => assert!(length > limit, "flate2 takes it: {error}"),
        (Err(_), Err(_)) => {}
    }
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes everything")
}

/// What `flate2` reads of `most` bytes, and how that ended.
#[expect(clippy::disallowed_types, reason = "it is given a limit")]
fn inflated(compressed: &[u8], most: u64) -> (Vec<u8>, std::io::Result<usize>) {
    let mut bytes = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(compressed).take(most).read_to_end(&mut bytes);
    (bytes, read)
}
