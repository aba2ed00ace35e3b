//! What a request may cost before anybody has seen a point of it.

use otlp::key::Keyer;
use otlp::scan::{self, ScanError};
use otlp::unknown::UNKNOWN_FIELDS;
use otlp::wire::Fault;
use proptest::prelude::*;
use prost::Message as _;

use super::cursor::nested;
use super::generate::request;
use super::plain::found;

/// A newer sender may add fields to any message; a million of them, of two bytes each, is too much.
#[test]
fn unknown_fields_are_bounded() {
    // Field 15 is none that OTLP has: a varint.
    let junk = |fields| [0x78_u8, 0x01].repeat(fields);
    // Request, resource metrics, scope metrics, metric, sum, point, exemplar, buckets, quantile.
    let levels: [&[u32]; 9] = [
        &[],
        &[1],
        &[1, 2],
        &[1, 2, 2],
        &[1, 2, 2, 7],
        &[1, 2, 2, 7, 1],
        &[1, 2, 2, 7, 1, 5],
        &[1, 2, 2, 10, 1, 8],
        &[1, 2, 2, 11, 1, 6],
    ];
    for level in levels {
        let fault = found(&nested(level, &junk(UNKNOWN_FIELDS + 1))).err().map(|malformed| malformed.fault);
        assert_eq!(fault, Some(Fault::TooMany), "{level:?}");
    }
    let spread: Vec<u8> = levels.iter().flat_map(|level| nested(level, &junk(UNKNOWN_FIELDS / levels.len()))).collect();
    assert_eq!(found(&spread).map(|found| found.points.len()).ok(), Some(4));
    let more = [spread, junk(levels.len())].concat();
    assert_eq!(found(&more).err().map(|malformed| malformed.fault), Some(Fault::TooMany));
}

/// Scans with room for `limit` bytes. Returns what came out, what was granted, and how often it was asked for.
fn within(limit: usize, bytes: &[u8]) -> (Result<usize, ScanError>, usize, usize) {
    let (mut granted, mut asked) = (0, 0);
    let mut budget = |more: usize| {
        asked += 1;
        let fits = granted + more <= limit;
        granted += if fits { more } else { 0 };
        fits
    };
    let walked = scan::scan(bytes, &Keyer::random(), &mut budget).map(|found| found.memory());
    (walked, granted, asked)
}

proptest! {
    /// The tables never hold more than was granted, nor much less; where there is less room than they need they do not
    /// grow.
    #[test]
    fn tables_are_paid_for(request in request(), share in 0.0..1.0) {
        let bytes = request.encode_to_vec();
        let (walked, granted, _) = within(usize::MAX, &bytes);
        let memory = walked.expect("well formed");
        prop_assert!(memory <= granted && granted <= memory + 4096, "{memory} bytes, {granted} granted");
        let limit = (granted as f64 * share) as usize;
        if limit < granted {
            prop_assert_eq!(within(limit, &bytes).0, Err(ScanError::NoRoom));
        }
        prop_assert_eq!(within(granted, &bytes).0, Ok(memory));
    }
}

/// Room is asked for as the tables double, and not for each point.
#[test]
fn points_take_room_in_steps() {
    let bytes = nested(&[1, 2, 2, 7], &[0x0a, 0x00].repeat(300_000));
    let (walked, granted, asked) = within(usize::MAX, &bytes);
    // A point takes 64 bytes, and a table that has doubled is at least half full.
    let memory = walked.expect("well formed");
    assert!((300_000 * 64..2 * 300_000 * 64 + 8192).contains(&memory), "{memory} bytes");
    assert!(granted >= memory && asked <= 20, "{asked} times");
    // Half the room is not enough, and no more than that has been taken.
    let (walked, granted, _) = within(memory / 2, &bytes);
    assert_eq!(walked, Err(ScanError::NoRoom));
    assert!(granted <= memory / 2);
}
