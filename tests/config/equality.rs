//! Settings are what a configuration means, and hold no place of it: those of a file whose lines only moved are equal.

use alluvium::assembly::{self, Signals};
use alluvium::registry::REGISTRY;
use component::row::{Component, Row};
use config::report::Report;
use config::schema::Site;
use config::source::Location;
use config::yaml;

use crate::attempt::{VALID, read};
use crate::world::World;

const ALL: &str = include_str!("fixtures/all.yaml");

/// Lines that mean nothing in front of each line, and a comment behind it.
fn moved(text: &str) -> String {
    text.lines().map(|line| format!("\n# A comment.\n\n{line} # another\n")).collect()
}

/// The component that a block means.
fn component(row: Row, block: &str) -> Component {
    let mut report = Report::new("example.yaml", block);
    let node = yaml::parse(block, &mut report).expect("YAML");
    let component = row.read("id", Site { node: &node, path: "path" }, &mut report);
    assert!(report.problems().is_empty(), "{report}");
    component.expect("a component")
}

/// Every component of the registry reads its own example without a word, wherever that stands.
#[test]
fn moved_examples() {
    for row in REGISTRY {
        let example = row.example();
        assert_eq!(component(*row, example), component(*row, &moved(example)), "{}", row.names()[0]);
    }
}

/// Nor does it matter where whole files have their lines.
#[test]
fn moved_files() {
    for text in [ALL, VALID, include_str!("fixtures/worker.yaml"), alluvium::assembly::DEFAULT] {
        let (settings, other) = (read(text), read(&moved(text)));
        assert_eq!(settings.settings.expect("settings"), other.settings.expect("settings"));
    }
}

/// Nor does it matter which way a configuration comes.
#[test]
fn other_sources() {
    let world = World::default()
        .variables(&[("ALL", VALID), ("TIME", "1s"), ("LIST", "[memory_limiter, delta_to_cumulative, batch]")])
        .files(&[("all.yaml", VALID), ("limiter.yaml", "check_interval: 1s\nlimit_mib: ${env:LIMIT:-512}\n")]);
    let referring = VALID
        .replace("timeout: 1s", "timeout: ${env:TIME}")
        .replace("[memory_limiter, delta_to_cumulative, batch]", "${LIST}")
        .replace("memory_limiter:\n    check_interval: 1s\n    limit_mib: 512", "memory_limiter: ${file:limiter.yaml}");
    let changed = VALID.replace("timeout: 1s", "timeout: 9s").replace("max_stale: 5m", "max_stale: 1m");
    let set = |text: &str| Location::set(text).expect("an argument");
    let text = |text: &str| Location::Text { name: "test.yaml".into(), text: text.into() };
    let expected = read(VALID).flawless();
    for locations in [
        vec![Location::File("all.yaml".into())],
        vec![Location::Variable("ALL".into())],
        vec![Location::Yaml(VALID.into())],
        vec![text(&referring)],
        vec![text(&changed), text(VALID)],
        vec![
            text(&changed),
            set("processors.batch.timeout=1s"),
            set("processors={delta_to_cumulative: {max_stale: 5m}}"),
        ],
    ] {
        let (settings, report) = assembly::load(&locations, &world, Signals::Metrics);
        assert!(report.problems().is_empty(), "{locations:?}: {report}");
        assert_eq!(settings.as_ref(), Some(&expected), "{locations:?}");
    }
}

/// What does matter is compared, in each block.
#[test]
fn changed_values() {
    let settings = read(ALL).flawless();
    for (from, to) in [
        ("max_recv_msg_size_mib: 8", "max_recv_msg_size_mib: 9"),
        ("localhost:4318", "localhost:4319"),
        ("limit_mib: 512", "limit_mib: 513"),
        ("send_batch_size: 1000", "send_batch_size: 1001"),
        ("delete: user.email", "delete: user.id"),
        ("value: 1}", "value: '1'}"),
        ("{key: b,", "{key: bb,"),
        ("== \"c\"", "== \"d\""),
        ("max_stale: 1m", "max_stale: 2m"),
        ("timeout: 3s", "timeout: 4s"),
        ("localhost:9464", "localhost:9465"),
        ("verbosity: normal", "verbosity: detailed"),
        ("path: /health", "path: /healthy"),
        ("level: warn", "level: info"),
    ] {
        assert_eq!(ALL.matches(from).count(), 1, "{from:?} stands once");
        assert_ne!(settings, read(&ALL.replace(from, to)).flawless(), "{to}");
    }
}
