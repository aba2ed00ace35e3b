//! Bodies of every encoding: what other tools compressed is read, and limits hold wherever they are.

use std::io::Write as _;

use budget::{Budget, Reservation};
use bytes::Bytes;
use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
use otlp::error::BodyError;
use otlp::inflate::{Encoding, MEMBERS, inflate};
use proptest::prelude::*;

use super::compress;

fn reservation() -> Reservation {
    Budget::new(usize::MAX).empty_reservation()
}

fn unhex(hex: &str) -> Bytes {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hex"))
        .collect()
}

/// The commands `zstd` and `lz4`, Python's zlib, and snappy written by hand from its format descriptions. The text is
/// ten times `claude_code.token.usage `.
#[test]
fn other_tools() {
    const ZSTD: &str = "28b52ffd0468fd0000c0636c617564655f636f64652e746f6b656e2e757361676520010054979a63764f94bc";
    const LZ4: &str = "04224d186440a723000000ff09636c617564655f636f64652e746f6b656e2e7573616765201800c05073616765200000\
                       0000e8a4da82";
    const LZ4_CHECKED: &str = "04224d187440bd23000000ff09636c617564655f636f64652e746f6b656e2e7573616765201800c0507361\
                               67652058780a9b00000000e8a4da82";
    const SNAPPY: &str = "f0015c636c617564655f636f64652e746f6b656e2e757361676520fe1800fe1800fe18005e1800";
    const FRAMED: &str = "ff060000734e61507059002b0000abdf99cef0015c636c617564655f636f64652e746f6b656e2e757361676520\
                          fe1800fe1800fe18005e1800010700005a4ac85c656e64";
    let text = "claude_code.token.usage ".repeat(10);
    let zlib = "78da4bce492c4d498d4fce4f49d52bc9cf4ecdd32b2d4e4c4f55481ea6e200ff085b05";
    // A frame to be skipped, then two frames.
    let zstd_frames = format!("502a4d1803000000aabbcc{ZSTD}{ZSTD}");
    let cases = [
        ("zlib", zlib, text.clone()),
        ("zstd", ZSTD, text.clone()),
        ("zstd", &zstd_frames, text.repeat(2)),
        ("lz4", LZ4, text.clone()),
        ("lz4", &LZ4_CHECKED.repeat(2), text.repeat(2)),
        ("snappy", SNAPPY, text.clone()),
        ("snappy", FRAMED, format!("{text}end")),
        ("x-snappy-framed", FRAMED, format!("{text}end")),
    ];
    for (name, hex, expected) in cases {
        let encoding = Encoding::of_http(name).expect("known");
        let inflated = inflate(unhex(hex), encoding, 1_000, &mut reservation()).expect(name);
        assert_eq!(inflated, expected, "{name}");
    }
}

/// What lies about itself is refused before memory is set aside for it.
#[test]
fn declared_lengths() {
    const LIMIT: usize = 20 << 20;
    let too_large = |name: &str, hex: &str| {
        let mut reservation = reservation();
        let encoding = Encoding::of_http(name).expect("known");
        let error = inflate(unhex(hex), encoding, LIMIT, &mut reservation).expect_err(name);
        assert!(reservation.bytes() < 100_000, "{name}: {} bytes are held", reservation.bytes());
        error
    };
    // A block of snappy that says 2^32 - 1, one that says the limit, and in zstd's and LZ4's headers 2^63 - 1.
    assert!(matches!(too_large("snappy", "ffffffff0f00"), BodyError::TooLarge(LIMIT)));
    assert!(matches!(too_large("snappy", "8080800a00"), BodyError::Corrupt { .. }));
    assert!(matches!(too_large("zstd", "28b52ffde0ffffffffffffff7f010000"), BodyError::TooLarge(LIMIT)));
    assert!(matches!(too_large("lz4", "04224d186840ffffffffffffff7f5c00000000"), BodyError::TooLarge(LIMIT)));
    // A window of 2^41 bytes, and one just above 8 MiB.
    assert!(matches!(too_large("zstd", "28b52ffd00ff010000"), BodyError::Corrupt { .. }));
    assert!(matches!(too_large("zstd", "28b52ffd0069010000"), BodyError::Corrupt { .. }));
    // A window of 8 MiB is taken.
    let window = inflate(unhex("28b52ffd0068010000"), Encoding::Zstd, LIMIT, &mut reservation());
    assert_eq!(window.expect("RFC 8878"), "");
}

/// Parts that hold nothing, as the formats have them (RFC 1952; RFC 8878, a frame and one to be skipped; LZ4 with blocks of
/// 4 MiB).
const EMPTY: [(&str, &str); 4] = [
    ("gzip", "1f8b080000000000000303000000000000000000"),
    ("zstd", "28b52ffd0000010000"),
    ("zstd", "502a4d1800000000"),
    ("lz4", "04224d1860707300000000"),
];

/// A million parts that hold nothing are well within the limit of a body, and would each cost the tables of a decoder.
#[test]
fn a_million_empty_parts() {
    for (name, part) in EMPTY {
        let encoding = Encoding::of_http(name).expect("known");
        let repeated = |times: usize| Bytes::from(unhex(part).repeat(times));
        for many in [MEMBERS + 1, 1_000_000] {
            let body = repeated(many);
            assert!(body.len() < 20 << 20);
            let refused = inflate(body, encoding, 20 << 20, &mut reservation()).expect_err(name);
            assert!(matches!(refused, BodyError::TooManyMembers { .. }), "{name}: {refused}");
            assert!(refused.to_string().contains("4096"), "{name}: {refused}");
        }
        assert_eq!(inflate(repeated(MEMBERS), encoding, 100, &mut reservation()).expect(name), "", "{name}");
    }
    // Chunks of snappy need nothing of their own: a stream that begins again, and padding.
    let begins = unhex("ff060000734e61507059").repeat(1_000_000);
    let padding = [&unhex("ff060000734e61507059")[..], &unhex("fe000000").repeat(1_000_000)].concat();
    for body in [begins, padding] {
        assert_eq!(inflate(body.into(), Encoding::Snappy, 100, &mut reservation()).expect("chunks"), "");
    }
}

/// Tools that work in parallel, or for readers that start anywhere, cut a body every 64 KiB.
#[test]
fn as_many_parts_as_tools_make() {
    let block = vec![7; 64 << 10];
    let whole = block.repeat(320);
    for (name, compress) in compress::HTTP {
        if let "gzip" | "zstd" | "lz4" = name {
            let encoding = Encoding::of_http(name).expect("known");
            let body = compress(&block).repeat(320);
            assert!(inflate(body.into(), encoding, whole.len(), &mut reservation()).expect(name) == whole, "{name}");
        }
    }
}

/// What a decoder holds of its own is charged as well, however little comes out of it.
#[test]
fn decoders_are_charged() {
    for (name, compress) in compress::HTTP {
        let budget = Budget::new(100_000);
        let other = budget.reserve(60_000);
        let body = compress(&[7; 1_000]);
        let block = name == "snappy" && !body.starts_with(b"\xff");
        let encoding = Encoding::of_http(name).expect("known");
        let inflated = inflate(body, encoding, 1_000, &mut budget.empty_reservation());
        // A block of snappy is inflated in its place.
        assert_eq!(inflated.is_ok(), block, "{name}");
        drop(other);
    }
}

/// While bytes move to a larger place, both places are charged.
#[test]
fn growth_is_charged() {
    let text = vec![b'a'; 300_000];
    let inflated = |room_bytes: usize| {
        let budget = Budget::new(room_bytes);
        let other = budget.reserve(1);
        let inflated = inflate(compress::zlib(&text), Encoding::Zlib, 1 << 20, &mut budget.empty_reservation());
        drop(other);
        inflated
    };
    // 262,144 bytes become 524,288; the decoder has 65,536.
    assert!(matches!(inflated(262_144 + 524_288), Err(BodyError::NoRoom)));
    assert_eq!(inflated(262_144 + 524_288 + 65_536 + 1).expect("room"), text);
}

/// A frame of LZ4 may say that its blocks have 4 MiB; memory is set aside for what they are.
#[test]
fn small_frames_of_large_blocks() {
    let budget = Budget::new(200_000);
    let other = budget.reserve(1);
    let info = FrameInfo::new().block_size(BlockSize::Max4MB);
    let inflated = inflate(lz4(info, b"text"), Encoding::Lz4, 100, &mut budget.empty_reservation());
    assert_eq!(inflated.expect("room"), "text");
    drop(other);
}

/// Whatever a frame of LZ4 says of its blocks, they are read; they rise in length, so that buffers grow.
#[test]
fn frames_of_lz4() {
    let mut text = Vec::new();
    let mut random = 1_u32;
    for piece in 0..300 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.extend_from_slice(&random.to_le_bytes().repeat(1 + piece * 50));
    }
    for size in [BlockSize::Max64KB, BlockSize::Max256KB, BlockSize::Max1MB, BlockSize::Max4MB] {
        for mode in [BlockMode::Independent, BlockMode::Linked] {
            for sums in [false, true] {
                let content_size = sums.then_some(text.len() as u64);
                let info = FrameInfo::new().block_size(size).block_mode(mode).content_size(content_size);
                let frame = lz4(info.block_checksums(sums).content_checksum(sums), &text);
                let inflated = inflate(frame, Encoding::Lz4, text.len(), &mut reservation()).expect("valid");
                assert!(inflated == text, "{size:?} {mode:?}");
            }
        }
    }
}

/// A bit that changed is found in each place of a frame that has all checksums.
#[test]
fn damaged_frames_of_lz4() {
    let info = FrameInfo::new().block_checksums(true).content_checksum(true).content_size(Some(240));
    let frame = lz4(info, "claude_code.token.usage ".repeat(10).as_bytes());
    for place in 0..frame.len() {
        for bit in 0..8 {
            let mut damaged = frame.to_vec();
            damaged[place] ^= 1 << bit;
            assert!(inflate(damaged.into(), Encoding::Lz4, 1_000, &mut reservation()).is_err(), "{place} {bit}");
        }
    }
}

fn lz4(info: FrameInfo, text: &[u8]) -> Bytes {
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory").into()
}

/// Nothing is no body of any encoding.
#[test]
fn empty_bodies() {
    for (name, _) in compress::HTTP {
        let encoding = Encoding::of_http(name).expect("known");
        assert!(inflate(Bytes::new(), encoding, 100, &mut reservation()).is_err(), "{name}");
    }
}

fn texts() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::collection::vec(prop_oneof!["[a-z]{1,8}", "\\PC{0,4}"], 0..40);
    // Long enough for several blocks, at times.
    (words, prop_oneof![9 => 1..20_usize, 1 => 1_000..5_000_usize])
        .prop_map(|(words, times)| words.concat().repeat(times).into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Everything comes back; one byte less of limit is too little; the reservation is the memory that is held.
    #[test]
    fn round_trips(text in texts(), which in 0..compress::HTTP.len()) {
        let (name, compress) = compress::HTTP[which];
        let encoding = Encoding::of_http(name).expect("known");
        let compressed = compress(&text);
        let mut held = reservation();
        let inflated = inflate(compressed.clone(), encoding, text.len(), &mut held);
        prop_assert_eq!(&*inflated.expect("valid"), &*text);
        prop_assert!((text.len()..=text.len() + 1).contains(&held.bytes()), "{} bytes", held.bytes());
        if let Some(less) = text.len().checked_sub(1) {
            let refused = inflate(compressed, encoding, less, &mut reservation());
            prop_assert!(matches!(refused, Err(BodyError::TooLarge(_))), "{:?}", refused);
        }
    }

    /// Cut off anywhere, a body is refused: there is no half of a request.
    #[test]
    fn truncated(text in texts(), which in 0..compress::HTTP.len(), place in any::<prop::sample::Index>()) {
        let (name, compress) = compress::HTTP[which];
        let encoding = Encoding::of_http(name).expect("known");
        let compressed = compress(&text);
        let cut = compressed.slice(..place.index(compressed.len()));
        // A stream of snappy has no end mark: it may end after any of its frames.
        let whole_frames = name.ends_with("snappy-framed") || compressed.starts_with(b"\xff\x06\x00\x00sNaPpY");
        match inflate(cut, encoding, 20 << 20, &mut reservation()) {
            Err(BodyError::Corrupt { .. }) => {}
            Ok(some) if whole_frames => prop_assert!(text.starts_with(&some)),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    /// When there is no room, it says so, and gives back what it took.
    #[test]
    fn without_room(which in 0..compress::HTTP.len()) {
        let (name, compress) = compress::HTTP[which];
        let budget = Budget::new(100_000);
        let other = budget.reserve(50_000);
        let encoding = Encoding::of_http(name).expect("known");
        let refused = inflate(compress(&[b'a'; 200_000]), encoding, 1 << 20, &mut budget.empty_reservation());
        prop_assert!(matches!(refused, Err(BodyError::NoRoom)), "{:?}", refused);
        prop_assert_eq!(budget.used(), 50_000);
        drop(other);
    }
}
