//! The tree of a file against an independent reader of YAML: the same keys, lists and nesting, and the same texts.

use config::node::{Node, Value};
use config::report::Report;
use config::yaml;
use proptest::prelude::*;
use serde_yaml::Value as Theirs;

use crate::attempt::VALID;

const FIXTURES: [&str; 5] = [
    VALID,
    include_str!("fixtures/all.yaml"),
    include_str!("fixtures/anchors.yaml"),
    include_str!("fixtures/filters.yaml"),
    include_str!("fixtures/worker.yaml"),
];

fn ours(text: &str) -> Node {
    let mut report = Report::new("test.yaml", text);
    let node = yaml::parse(text, &mut report);
    assert!(report.problems().is_empty(), "{report}\n{text}");
    node.expect("YAML")
}

fn theirs(text: &str) -> Theirs {
    let mut value: Theirs = serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    value.apply_merge().expect("maps to merge");
    value
}

/// Whether both are the same. Of scalars only texts are compared: what else a scalar is depends on who reads it.
fn same(ours: &Node, theirs: &Theirs) -> bool {
    match (&ours.value, theirs) {
        (Value::Null, Theirs::Null) => true,
        (Value::Plain(_), Theirs::Number(_) | Theirs::Bool(_)) => true,
        (Value::Plain(text) | Value::Quoted(text), Theirs::String(other)) => text == other,
        (Value::List(items), Theirs::Sequence(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(item, other)| same(item, other))
        }
        (Value::Map(entries), Theirs::Mapping(others)) => {
            let other = |key: &str| others.iter().find(|(other, _)| text_of(other) == key).map(|(_, value)| value);
            entries.len() == others.len()
                && entries.iter().all(|(key, node)| other(&key.text).is_some_and(|other| same(node, other)))
        }
        _ => false,
    }
}

/// A key as text.
fn text_of(key: &Theirs) -> String {
    match key {
        Theirs::String(text) => text.clone(),
        other => serde_yaml::to_string(other).expect("YAML").trim_end().to_owned(),
    }
}

/// Every valid file of the tests.
#[test]
fn fixtures() {
    for text in FIXTURES.into_iter().chain([alluvium::assembly::DEFAULT]) {
        assert!(same(&ours(text), &theirs(text)), "{text}");
    }
}

/// Words, and all that could be taken for something else than a word.
fn scalar() -> impl Strategy<Value = Theirs> {
    let odd = prop::sample::select(vec![
        "",
        " ",
        "~",
        "null",
        "true",
        "no",
        "0123",
        "0x1F",
        "1_000",
        "1e3",
        ".inf",
        "- a",
        "a: b",
        "a #b",
        "#",
        "'",
        "\"",
        "*a",
        "&a",
        "!a",
        "%",
        "@",
        "`",
        "|",
        ">",
        "{",
        "]",
        ",",
        "?",
        "<<",
        "=",
        "a\nb",
        "a\n",
        "\n",
        "\t",
        "${env:X}",
        "$$",
        "größe",
        "\u{1f600}",
        "a: ",
        ": a",
        "---",
        "...",
    ]);
    prop_oneof![
        odd.prop_map(|text| Theirs::String(text.into())),
        "[a-z_]{1,8}".prop_map(Theirs::String),
        "[ -~]{0,12}".prop_map(Theirs::String),
        any::<i64>().prop_map(|number| Theirs::Number(number.into())),
        any::<bool>().prop_map(Theirs::Bool),
        Just(Theirs::Null),
    ]
}

fn document() -> impl Strategy<Value = Theirs> {
    scalar().prop_recursive(4, 40, 5, |inner| {
        let key = prop_oneof!["[a-z_/]{1,8}", "[ -~]{1,8}"].prop_filter("means something else", |key| key != "<<");
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Theirs::Sequence),
            prop::collection::vec((key.prop_map(Theirs::String), inner), 0..5)
                .prop_map(|entries| Theirs::Mapping(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// What the other library writes is read as what it means.
    #[test]
    fn documents(document in document()) {
        let text = serde_yaml::to_string(&document).expect("YAML");
        prop_assert!(same(&ours(&text), &document), "{text}");
    }

    /// The same in one line.
    #[test]
    fn flow_style(document in document()) {
        let text = serde_json::to_string(&document).expect("JSON");
        prop_assert!(same(&ours(&text), &theirs(&text)), "{text}");
    }
}
