//! Whatever the text, there is an answer, and a mistake stands in the text.

use proptest::prelude::*;

use crate::filter::ottl::{Context, parse};

const CONTEXTS: [Context; 5] =
    [Context::Resource, Context::Scope, Context::Metric, Context::DataPoint, Context::Inferred];

/// Words that conditions are made of, and some that they are not.
const WORDS: [&str; 40] = [
    "(",
    ")",
    "[",
    "]",
    ".",
    ",",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "=",
    "!",
    "not",
    "and",
    "or",
    "true",
    "false",
    "nil",
    "name",
    "metric.name",
    "type",
    "attributes",
    "resource",
    "scope.name",
    "datapoint.attributes[\"a\"]",
    "IsMatch",
    "IsMatch(name, \"a\")",
    "METRIC_DATA_TYPE_SUM",
    "0",
    "-1",
    "1.5e",
    "\"a\"",
    "\"\\",
    "\"\\x4",
    "'",
    "ä",
    " ",
    "\n",
];

fn check(text: &str) {
    for context in CONTEXTS {
        if let Err(mistake) = parse(text, context) {
            assert!(text.is_char_boundary(mistake.at), "{text:?} {mistake:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_text(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_words(words in prop::collection::vec(prop::sample::select(WORDS.as_slice()), 0..30), blanks in any::<bool>()) {
        check(&words.join(if blanks { " " } else { "" }));
    }

    #[test]
    fn any_ascii(text in "[ -~]{0,40}") {
        check(&text);
        check(&format!("name == \"{text}"));
        check(&format!("name == \"\\{text}\""));
    }
}
