//! Spellings of numbers. The expected values are those that Go's YAML readers resolve a plain scalar to.

use super::{Number, Spelling, is_typed, number, whole};

#[test]
fn whole_numbers() {
    for (text, value, spelling) in [
        ("0", 0, Spelling::Decimal),
        ("-0", 0, Spelling::Decimal),
        ("512", 512, Spelling::Decimal),
        ("+7", 7, Spelling::Decimal),
        ("-7", -7, Spelling::Decimal),
        ("1_000", 1_000, Spelling::Decimal),
        ("18446744073709551615", i128::from(u64::MAX), Spelling::Decimal),
        ("0123", 83, Spelling::LeadingZero),
        ("-010", -8, Spelling::LeadingZero),
        ("00", 0, Spelling::LeadingZero),
        ("0o17", 15, Spelling::Octal),
        ("0x1F", 31, Spelling::Hexadecimal),
        ("-0x1f", -31, Spelling::Hexadecimal),
        ("0b1", 1, Spelling::Binary),
        ("0b1_0", 2, Spelling::Binary),
    ] {
        let found = whole(text).unwrap_or_else(|| panic!("{text} is a number"));
        assert_eq!((found.value, found.spelling), (value, spelling), "{text}");
        assert!(is_typed(text), "{text}");
    }
}

#[test]
fn no_whole_numbers() {
    for text in ["", "-", "+", "--1", "-+1", "0x", "0x-1", "0o8", "0b2", "1.5", "1e3", "5s", "_1", "1 0", "٣", "089"] {
        assert_eq!(whole(text), None, "{text}");
    }
    assert_eq!(whole(&"9".repeat(1_000)), None);
}

#[test]
fn fractions() {
    for (text, value) in [
        ("1.5", 1.5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("1e3", 1_000.0),
        ("1_0.5", 10.5),
        // Zeros in front and a digit that octal has not.
        ("089", 89.0),
        (".inf", f64::INFINITY),
        ("-.INF", f64::NEG_INFINITY),
    ] {
        assert_eq!(number(text), Some(Number::Fraction(value)), "{text}");
    }
    assert!(matches!(number(".nan"), Some(Number::Fraction(value)) if value.is_nan()));
}

#[test]
fn words() {
    for text in ["inf", "nan", "infinity", "NaN", "e", ".", "1.2.3", "yes", "on", "tRue", "0x1.8p1", "5s"] {
        assert!(!is_typed(text), "{text}");
    }
    for text in ["true", "False", "TRUE"] {
        assert!(is_typed(text), "{text}");
    }
}
