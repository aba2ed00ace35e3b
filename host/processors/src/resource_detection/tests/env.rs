//! `OTEL_RESOURCE_ATTRIBUTES`, by the rules of the Collector's detector.

use super::plain;
use crate::resource_detection::env::{Settings, detect, read};
use component::variables::Variables;

/// Scenario: lists of attributes. Guarantee: blanks are trimmed, values are unescaped and stay text.
#[test]
fn lists() {
    for (text, expected) in [
        ("a=b", &[("a", "b")] as &[_]),
        (" a = b , c= d,", &[("a", "b"), ("c", "d")]),
        ("a=1,b=true,c=", &[("a", "1"), ("b", "true"), ("c", "")]),
        ("a=b=c", &[("a", "b=c")]),
        ("a=x%2Cy%20z+w%25", &[("a", "x,y z w%")]),
        ("a=%C3%A4", &[("a", "\u{e4}")]),
        ("a=1,a=2", &[("a", "2")]),
    ] {
        assert_eq!(read(text).expect(text), plain(expected.iter().copied()), "{text}");
    }
}

/// Scenario: texts that are no lists. Guarantee: errors, no guesses.
#[test]
fn malformed() {
    let long = "x".repeat(257);
    let (key, value) = (format!("{long}=a"), format!("a={long}"));
    for text in ["a", "a=b,c", "=b", "a=%", "a=%4", "a=%zz", "a=%ff", "\u{e4}=b", "a=\u{e4}", &*key, &*value] {
        assert!(read(text).is_err(), "{text}");
    }
}

/// Scenario: the old variable, alone and beside the new one; none; a malformed one. Guarantee: the new one counts if it says
/// anything; none is empty; an error names the variable.
#[test]
fn variables() {
    let look = |variables: &[(&'static str, &'static str)]| {
        detect(&Settings::default(), &Variables::fixed(variables.iter().copied()))
    };
    let (new, old) = ("OTEL_RESOURCE_ATTRIBUTES", "OTEL_RESOURCE");
    assert_eq!(look(&[]).expect("nothing"), plain([]));
    assert_eq!(look(&[(new, "a=1"), (old, "b=2")]).expect("the new one"), plain([("a", "1")]));
    assert_eq!(look(&[(new, "  "), (old, "b=2")]).expect("the old one"), plain([("b", "2")]));
    let error = look(&[(new, "a")]).expect_err("an error");
    assert!(!error.may_retry());
    assert_eq!(error.to_string(), r#"invalid resource format in OTEL_RESOURCE_ATTRIBUTES: "a" has no ="#);
}

/// Scenario: patterns of keys. Guarantee: what is included and not excluded.
#[test]
fn patterns() {
    let variables = Variables::fixed([("OTEL_RESOURCE_ATTRIBUTES", "a.b=1,a.c=2,axb=3,d=4")]);
    let look = |included: &[&str], excluded: &[&str]| {
        let [included, excluded] =
            [included, excluded].map(|globs| globs.iter().map(|glob| (*glob).to_owned()).collect());
        let found = detect(&Settings { included, excluded }, &variables).expect("attributes");
        found.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>()
    };
    assert_eq!(look(&[], &[]), ["a.b", "a.c", "axb", "d"]);
    assert_eq!(look(&["a.*"], &[]), ["a.b", "a.c"]);
    assert_eq!(look(&["a?b", "d"], &["a.?"]), ["axb", "d"]);
    assert_eq!(look(&[], &["*"]), [""; 0]);
}
