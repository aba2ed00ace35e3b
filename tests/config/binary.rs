//! What the binary does with a file.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

/// Runs the host on a file that keeps it from starting.
fn run(name: &str, bytes: &[u8]) -> Output {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join(name), bytes).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_alluvium"));
    command.current_dir(folder.path()).args(["run", "--config", name]).output().expect("it runs")
}

/// The report is all there is, and the status is 1.
#[test]
fn a_broken_file() {
    let output = run("two.yaml", include_bytes!("fixtures/two.yaml"));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), include_str!("fixtures/two.txt"));
    assert_eq!(output.stdout, b"");
}

/// Scenario: somebody asks what is in effect. Guarantee: it is printed and nothing runs; a broken file is explained.
#[test]
fn what_is_in_effect() {
    let print = |text: &str| {
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join("test.yaml"), text).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_alluvium"));
        command.current_dir(folder.path()).args(["config", "print", "--config", "test.yaml"]).output().expect("it runs")
    };
    let output = print(include_str!("fixtures/valid.yaml"));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout), include_str!("fixtures/printed.yaml"));
    assert_eq!(output.stderr, b"");
    let output = print(include_str!("fixtures/two.yaml"));
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean timeout?"));
}

/// A file of another encoding.
#[test]
fn no_utf_8() {
    let output = run("utf-16.yaml", b"\xff\xfer\0e\0c\0");
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in ["utf-16.yaml", "UTF-8"] {
        assert!(error.contains(part), "no {part} in {error}");
    }
}

/// A guest that is no component: the line that names it.
#[test]
fn no_component() {
    let valid = include_str!("fixtures/valid.yaml");
    let line = valid.lines().position(|line| line.trim() == "delta_to_cumulative:").expect("a guest") + 2;
    let text = valid.replace("  delta_to_cumulative:\n", "  delta_to_cumulative:\n    module: guest.yaml\n");
    // Ports that the system chooses.
    let text = text.replace("127.0.0.1:4317", "127.0.0.1:0").replace("127.0.0.1:4318", "127.0.0.1:0");
    let text = text.replace("logs: {level: warn}", "metrics: {level: none}");
    let output = run("guest.yaml", text.as_bytes());
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in ["processors.delta_to_cumulative.module", &format!("guest.yaml:{line}:"), "not a component", "help:"] {
        assert!(error.contains(part), "no {part} in {error}");
    }
}

/// Rules that guests find fault with: all of all guests, each at its line, or where what is missing would stand.
#[test]
fn broken_rules() {
    let output = run("filters.yaml", include_bytes!("fixtures/filters.yaml"));
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    for (path, place, part) in [
        ("rules.0.delete.1", "6:23", "unclosed character class"),
        ("rules.0.onn", "7:9", "a rule takes delete, keep"),
        ("rules.1", "8:9", "add metrics or where"),
        ("rules.2.set.value", "9:9", "required"),
        ("rules.3.renam", "10:9", "unknown key"),
        ("rules.3", "10:9", "exactly one of"),
    ] {
        let expected = format!("processors.attribute_filter.{path}: ");
        let at = error.find(&expected).unwrap_or_else(|| panic!("no {expected} in {error}"));
        let report = error[at..].split("\n\n").next().unwrap_or_default();
        assert!(report.contains(part) && report.contains(&format!("filters.yaml:{place}\n")), "{report}");
    }
    for part in ["processors.attribute_filter/two.rules: ", "processors.attribute_filter/two.rule: ", "8 errors"] {
        assert!(error.contains(part), "no {part} in {error}");
    }
}

#[test]
fn no_file() {
    let output = run("there.yaml", b"");
    assert!(String::from_utf8_lossy(&output.stderr).contains("empty configuration"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_alluvium"));
    let output = command.args(["run", "--config", "not/there.yaml"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("not/there.yaml") && error.contains("No such file"), "{error}");
}
