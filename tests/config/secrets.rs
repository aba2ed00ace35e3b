//! What a reference stands for may be secret: whatever is wrong with it, no message shows it.

use alluvium::assembly::{self, Signals};
use config::node::Key;
use config::report::Report;
use config::source::{Location, Nothing, load};
use config::yaml;

use crate::attempt::{VALID, valid_but};
use crate::world::World;

/// A text that fits nowhere.
const SECRET: &str = "hunter2-hunter2";

/// What is said of the valid configuration with one thing replaced by a reference to `value`.
fn said(from: &str, to: &str, value: &str) -> String {
    assert_eq!(VALID.matches(from).count(), 1, "{from}");
    let location = Location::Text { name: "test.yaml".into(), text: VALID.replace(from, to) };
    let world = World::default().variables(&[("X", value)]).files(&[("/x", value)]);
    let (settings, report) = assembly::load(&[location], &world, Signals::Metrics);
    assert!(settings.is_none(), "{to}: {report}");
    report.to_string()
}

/// Wherever a variable may stand: the report shows the reference, and nothing of the value.
#[test]
fn values() {
    for (from, to) in [
        ("limit_mib: 512", "limit_mib: ${env:X}"),
        ("check_interval: 1s", "check_interval: '${file:/x}'"),
        ("timeout: 1s", "timeout: 1${X}"),
        ("127.0.0.1:4317", "http://${X}:4317"),
        ("http://localhost:9090/api/v1/write", "${env:X}"),
        ("http://localhost:9090/api/v1/write", "ftp://${env:X}/"),
        ("level: warn", "level: ${X}"),
        ("[otlp]", "['${X}']"),
        ("[otlp]", "'${yaml:[${X}]}'"),
        ("[otlp]", "${X}"),
        ("    timeout: 1s", "    ${X}: 1s\n    timeout: ${X}"),
        ("  batch:\n    timeout: 1s", "  batch: ${X}"),
    ] {
        let shown = said(from, to, SECRET);
        assert!(!shown.contains("hunter"), "{to}: {shown}");
        assert!(shown.contains("${"), "{to}: {shown}");
    }
}

/// Short values, long ones, ones of several lines, and ones with quotes.
#[test]
fn odd_values() {
    for value in ["zq", "-7", "z\nq", &format!("{SECRET}\n").repeat(20), "\"hunter\" \\ 'zq'"] {
        let shown = said("limit_mib: 512", "limit_mib: ${env:X}", value);
        for part in ["hunter", "zq", "-7", "nq"] {
            assert!(!shown.contains(part), "{value}: {shown}");
        }
    }
}

/// Of a list or a map that was looked up not even the keys are named.
#[test]
fn keys() {
    for (from, to, value) in [
        ("  batch:\n    timeout: 1s", "  batch: ${X}", "{hunter: 1}"),
        ("  batch:\n    timeout: 1s", "  batch: ${X}", "{timeout: {hunter: hunter2}}"),
        ("  batch:\n    timeout: 1s", "  hunt: ${X}", "{hunter: 1}"),
        ("exporters:\n  prometheus_remote_write:", "exporters: ${X}\nold:\n  e:", "{hunter: {}}"),
        ("exporters:\n  prometheus_remote_write:", "exporters: ${X}\nold:\n  e:", "{debug/hunter: {a: 1}}"),
        ("service:\n", "old: ${X}\nservice:\n", "{hunter: {}}"),
        ("    metrics:\n", "    logs: ${X}\n    metrics:\n", "{hunter: {}}"),
        ("  pipelines:\n", "  pipelines: ${X}\n  old:\n", "{hunter: {}, metrics/hunter: {}, logs/hunter: {}}"),
    ] {
        let shown = said(from, to, value);
        assert!(!shown.contains("hunter"), "{value}: {shown}");
    }
}

/// The same for `env:` locations, of which keys are named, as there is nothing else to name.
#[test]
fn locations() {
    let text = VALID.replace("limit_mib: 512", "limit_mib: hunter2").replace("max_stale", "max_stael");
    let world = World::default().variables(&[("CONFIG", &text)]);
    let (_, report) = assembly::load(&[Location::Variable("CONFIG".into())], &world, Signals::Metrics);
    let shown = report.to_string();
    assert!(!shown.contains("hunter2") && !shown.contains('|'), "{shown}");
    assert!(shown.contains(" --> env:CONFIG:11:16\n") && shown.contains("delta_to_cumulative.max_stael"), "{shown}");
}

/// What is hidden is masked in every line that is quoted, and marks stand where they belong.
#[test]
fn hidden_values() {
    let text = "a: {pasword: hunter2, b: [hunter2, 'hunter2'], c: 5}\nd: |\n  hunter2\n  hunter2\ne: hunter2 # f\n";
    let mut report = Report::new("test.yaml", text);
    let root = yaml::parse(text, &mut report).expect("YAML");
    for path in ["a.pasword", "a.b", "d", "e"] {
        report.hide(root.find(path).node);
    }
    for path in ["a.pasword", "a.b.1", "a.c", "d", "e"] {
        report.error(root.find(path).node.place, path, "wrong", "");
    }
    assert_eq!(
        report.to_string(),
        "\
error: a.pasword: wrong
 --> test.yaml:1:14
  |
1 | a: {pasword: ****, b: ****, c: 5}
  |              ^^^^

error: a.b.1: wrong
 --> test.yaml:1:36
  |
1 | a: {pasword: ****, b: ****, c: 5}
  |                       ^^^^

error: a.c: wrong
 --> test.yaml:1:51
  |
1 | a: {pasword: ****, b: ****, c: 5}
  |                                ^

error: d: wrong
 --> test.yaml:3:3
  |
3 |   ****
  |   ^^^^

error: e: wrong
 --> test.yaml:5:4
  |
5 | e: **** # f
  |    ^^^^

test.yaml: 5 errors; the host does not start
"
    );
    let place = |line| config::place::Place::new(line, 3);
    let mut report = report.clone();
    report.error(place(3), "", "wrong", "");
    assert!(!report.to_string().contains("hunter2"), "{report}");
}

/// What messages show of nodes and keys.
#[test]
fn shown() {
    let world = World::default().variables(&[("X", "{hunter: 1}"), ("Y", "7")]);
    let text = "a: ${X}\nb: ${env:Y}\nc: x${Y}\nd: 7\ne: [7]\n";
    let location = Location::Text { name: "test.yaml".into(), text: text.into() };
    let mut report = Report::default();
    let root = load(&[location], &world, &mut report).expect("a configuration");
    for (path, shown) in
        [("a", "${X}"), ("a.hunter", "${X}"), ("b", "${env:Y}"), ("c", "\"x${Y}\""), ("d", "7"), ("e", "a list")]
    {
        assert_eq!(root.find(path).node.shown(), shown, "{path}");
    }
    let config::node::Value::Map(entries) = &root.find("a").node.value else { panic!("a map") };
    assert_eq!(entries[0].0.shown(), "${X}");
    assert_eq!(Key::new(root.place, "word").shown(), "\"word\"");
    let unset = Location::parse("yaml:a: '${X}'").expect("a location");
    load(&[unset], &Nothing, &mut report).expect("a configuration");
}

/// A password in an address is shown neither in the line nor in the message.
#[test]
fn passwords_in_addresses() {
    for address in ["https://me:hunter2@aps/api", "me:hunter2@aps", "\"http://me:hunter2@\""] {
        let attempt = valid_but("http://localhost:9090/api/v1/write", address);
        let report = attempt.report.to_string();
        assert!(attempt.settings.is_none() && report.contains("endpoint: ****"), "{report}");
        assert!(!report.contains("hunter2"), "{report}");
    }
}
