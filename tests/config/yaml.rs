//! YAML itself: what is read, and what is said of what cannot be.

use std::time::Duration;

use exporters::remote_write::settings::Settings;

use crate::attempt::{VALID, read, valid_but};
use crate::meaning::{endpoints, exporter, remote_write};

#[test]
fn nothing() {
    for text in ["", "\n\n", "# only a comment\n", "---\n", "{}", "\u{feff}", "null"] {
        read(text).is_error(1, 1, "", &["empty configuration"], &["--print-default"]);
    }
}

/// A file of some other kind.
#[test]
fn something_else() {
    read("<html>404</html>").is_error(1, 1, "", &["expected receivers", "found text"], &["--print-default"]);
    read("- a\n- b\n").is_error(1, 1, "", &["expected receivers", "found a list"], &["--print-default"]);
    read("receivers:{}\n").is_error(1, 1, "", &["found text"], &["blank behind the colon"]);
}

#[test]
fn tabs() {
    read("receivers:\n\totlp:\n").is_error(2, 1, "", &["tab"], &["spaces"]);
    read("receivers:\n  otlp:\n\t\tprotocols:\n").is_error(3, 2, "", &["tab"], &["spaces"]);
}

#[test]
fn syntax() {
    for (text, place, says, advises) in [
        ("a: b: c\n", (1, 5), "colon", "quotes"),
        ("a: [x, y\nb: 1\n", (2, 2), "not closed", "close it"),
        ("a: {x: 1\nb: 1\n", (2, 2), "not closed", "close it"),
        ("a: \"x\nb: 1\n", (1, 4), "quote", "same quote"),
        ("a:\n    b: 1\n  c: 2\n", (3, 3), "column", "indentation"),
        ("a: 1\nb\nc: 2\n", (3, 1), "without its colon", "key: value"),
        ("a: @x\n", (1, 4), "begin with", "quotes"),
        ("a: {b: ${X}, c: 1}\n", (1, 9), "not closed", "needs quotes"),
        ("a: *nowhere\n", (1, 4), "without its anchor", "&name"),
    ] {
        read(text).is_error(place.0, place.1, "", &["not valid YAML", says], &[advises]);
    }
}

/// A section or a component that stands twice would lose one of the two; the rest of the file is still looked at.
#[test]
fn twice() {
    let component = valid_but("  batch:", "  batch: {timeout: 9s}\n  batch:");
    component.is_error(15, 3, "processors.batch", &["second time"], &["one block"]);
    let section = read(&format!("{VALID}receivers:\n  otlp: {{}}\n"));
    section.is_error(27, 1, "receivers", &["second time"], &["one block"]);
    let both = valid_but("  batch:", "  bach: {}\n  batch: {timeout: 9s}\n  batch:");
    assert_eq!(both.places(), [(14, "processors.bach".into()), (16, "processors.batch".into())]);
}

/// A byte order mark and the line ends of Windows and of old Macs change neither meaning nor places.
#[test]
fn marks_and_line_ends() {
    let broken = VALID.replace("    timeout: 1s", "    timeot: 1s");
    for mark in ["", "\u{feff}"] {
        for end in ["\n", "\r\n", "\r"] {
            let written = |text: &str| format!("{mark}{}", text.replace('\n', end));
            read(&written(VALID)).flawless();
            let attempt = read(&written(&broken));
            attempt.is_error(15, 5, "processors.batch.timeot", &["unknown key"], &["timeout"]);
            assert!(attempt.report.to_string().contains("15 |     timeot: ****\n"), "{}", attempt.report);
        }
    }
    let first = read("\u{feff}recievers: {}\nservice: {}\n");
    assert_eq!(first.report.problems()[0].place.column, 1);
}

/// Anchors, aliases and merge keys: own keys win over merged ones.
#[test]
fn anchors() {
    let settings = read(include_str!("fixtures/anchors.yaml")).flawless();
    let batch = |pipeline: usize| {
        let batch = exporter::<Settings>(&settings, pipeline).batch;
        (batch.samples, batch.wait)
    };
    assert_eq!(batch(0), (1_000, Duration::from_millis(50)));
    assert_eq!(batch(1), (1_000, Duration::from_secs(10)));
    let endpoint = |pipeline: usize| {
        let (_, endpoint, limit) = endpoints(&settings.pipelines[pipeline].1).swap_remove(0);
        (endpoint, limit)
    };
    assert_eq!(endpoint(0), ("127.0.0.1:4317".into(), 8 << 20));
    assert_eq!(endpoint(1), ("127.0.0.1:5317".into(), 8 << 20));
    assert_eq!(remote_write(&settings).endpoint.to_string(), "http://localhost:9090/api/v1/write");
}

/// A wrong value is shown where it is written, and once, however many aliases stand for it.
#[test]
fn a_problem_behind_an_alias() {
    let text = include_str!("fixtures/anchors.yaml").replace("send_batch_size: 1000", "send_batch_size: many");
    read(&text).is_error(12, 22, "processors.batch.send_batch_size", &["whole number", "many"], &["a number"]);
}

#[test]
fn odd_merges() {
    valid_but("    timeout: 1s", "    <<: 5").is_error(15, 9, "processors.batch", &["<< takes a map"], &["<<: *name"]);
    valid_but("    timeout: 1s", "    ? [a]\n    : b").is_error(
        15,
        7,
        "processors.batch",
        &["a key must be a word"],
        &["key: value"],
    );
}

/// The Collector reads the first of several documents, and says nothing.
#[test]
fn documents() {
    read(&format!("---\n{VALID}")).flawless();
    read(&format!("{VALID}---\n")).flawless();
    read(&format!("{VALID}...\n")).flawless();
    let attempt = read(&format!("{VALID}---\nreceivers: {{}}\n"));
    attempt.is_warning(27, 1, "", &["second document", "only the first"], &["one document"]);
}
