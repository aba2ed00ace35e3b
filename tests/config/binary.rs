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
