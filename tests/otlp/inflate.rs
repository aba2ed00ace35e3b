//! Bodies of every encoding: what other tools compressed is read, and limits hold wherever they are.

use budget::{Charge, Room};
use bytes::Bytes;
use otlp::error::BodyError;
use otlp::inflate::{Encoding, inflate};
use proptest::prelude::*;

use super::compress;

fn charge() -> Charge {
    Room::new(usize::MAX).empty_charge()
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
        let inflated = inflate(unhex(hex), encoding, 1_000, &mut charge()).expect(name);
        assert_eq!(inflated, expected, "{name}");
    }
}

/// What lies about itself is refused before memory is set aside for it.
#[test]
fn declared_lengths() {
    const LIMIT: usize = 20 << 20;
    let too_large = |name: &str, hex: &str| {
        let mut charge = charge();
        let encoding = Encoding::of_http(name).expect("known");
        let error = inflate(unhex(hex), encoding, LIMIT, &mut charge).expect_err(name);
        assert!(charge.bytes() < 100_000, "{name}: {} bytes are held", charge.bytes());
        error
    };
    // A block of snappy that says 2^32 - 1, one that says the limit, and in zstd's and LZ4's headers 2^63 - 1.
    assert!(matches!(too_large("snappy", "ffffffff0f00"), BodyError::TooLarge(LIMIT)));
    assert!(matches!(too_large("snappy", "8080800a00"), BodyError::Corrupt { .. }));
    assert!(matches!(too_large("zstd", "28b52ffde0ffffffffffffff7f010000"), BodyError::TooLarge(LIMIT)));
    assert!(matches!(too_large("lz4", "04224d186840ffffffffffffff7f0000000000"), BodyError::TooLarge(LIMIT)));
    // A window of 2^41 bytes, and one just above 8 MiB.
    assert!(matches!(too_large("zstd", "28b52ffd00ff010000"), BodyError::Corrupt { .. }));
    assert!(matches!(too_large("zstd", "28b52ffd0069010000"), BodyError::Corrupt { .. }));
    // A window of 8 MiB is taken.
    let window = inflate(unhex("28b52ffd0068010000"), Encoding::Zstd, LIMIT, &mut charge());
    assert_eq!(window.expect("RFC 8878"), "");
}

/// Nothing is no body of any encoding.
#[test]
fn empty_bodies() {
    for (name, _) in compress::HTTP {
        let encoding = Encoding::of_http(name).expect("known");
        assert!(inflate(Bytes::new(), encoding, 100, &mut charge()).is_err(), "{name}");
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

    /// Everything comes back; one byte less of limit is too little; the charge is what is held.
    #[test]
    fn round_trips(text in texts(), which in 0..compress::HTTP.len()) {
        let (name, compress) = compress::HTTP[which];
        let encoding = Encoding::of_http(name).expect("known");
        let compressed = compress(&text);
        let mut held = charge();
        let inflated = inflate(compressed.clone(), encoding, text.len(), &mut held);
        prop_assert_eq!(&*inflated.expect("valid"), &*text);
        prop_assert_eq!(held.bytes(), text.len());
        if let Some(less) = text.len().checked_sub(1) {
            let refused = inflate(compressed, encoding, less, &mut charge());
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
        match inflate(cut, encoding, 20 << 20, &mut charge()) {
            Err(BodyError::Corrupt { .. }) => {}
            Ok(some) if whole_frames => prop_assert!(text.starts_with(&some)),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    /// When there is no room, it says so, and gives back what it took.
    #[test]
    fn without_room(which in 0..compress::HTTP.len()) {
        let (name, compress) = compress::HTTP[which];
        let room = Room::new(100_000);
        let other = room.reserve(50_000);
        let encoding = Encoding::of_http(name).expect("known");
        let refused = inflate(compress(&[b'a'; 200_000]), encoding, 1 << 20, &mut room.empty_charge());
        prop_assert!(matches!(refused, Err(BodyError::NoRoom)), "{:?}", refused);
        prop_assert_eq!(room.used(), 50_000);
        drop(other);
    }
}
