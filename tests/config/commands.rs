//! The commands `validate` and `run`, and what they take.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::attempt::VALID;

/// Runs the host in a folder with these files, with this environment.
fn alluvium(arguments: &[&str], files: &[(&str, &str)], variables: &[(&str, &str)]) -> Output {
    let folder = TempDir::new().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_alluvium"));
    command.current_dir(folder.path()).args(arguments).envs(variables.iter().copied()).output().expect("it runs")
}

fn error(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A valid configuration: one line, and nothing listens.
#[test]
fn valid() {
    let output = alluvium(&["validate", "--config", "a.yaml"], &[("a.yaml", VALID)], &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "valid: 1 pipeline\n");
    assert_eq!(output.stderr, b"");
    let output = alluvium(&["validate"], &[], &[]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "valid: 1 pipeline\n");
}

/// An address that is taken is no concern of `validate`.
#[test]
fn a_port_that_is_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let text = VALID.replace("127.0.0.1:4317", &address);
    let output = alluvium(&["validate", "--config", "a.yaml"], &[("a.yaml", &text)], &[]);
    assert!(output.status.success(), "{output:?}");
}

/// What guests find wrong with their settings, of all pipelines at once, in the file that says so.
#[test]
fn settings_of_guests() {
    let rules = "processors:\n  attribute_filter: {rules: [{delet: a}]}\n  attribute_filter/b: {rules: [{dele: a}]}\n";
    let pipelines = "service:\n  pipelines:\n    metrics: {processors: [attribute_filter]}\n    \
                     metrics/b: {receivers: [otlp], processors: [attribute_filter/b], exporters: [debug]}\n\
                     exporters: {debug: }\n";
    let files = [("a.yaml", VALID), ("b.yaml", rules), ("c.yaml", pipelines)];
    let arguments = ["validate", "--config", "a.yaml", "--config", "b.yaml", "--config", "c.yaml"];
    let error = error(&alluvium(&arguments, &files, &[]));
    for part in [
        "processors.attribute_filter.rules.0.delet: ",
        " --> b.yaml:2:31\n",
        "attribute_filter/b.rules.0.dele: ",
        " --> b.yaml:3:33\n",
    ] {
        assert!(error.contains(part), "no {part} in {error}");
    }
}

/// Several files, the environment and single values, each problem with its own source.
#[test]
fn several_sources() {
    let files = [("a.yaml", VALID), ("b.yaml", "processors:\n  batch: {timeout: '${env:TIME}'}\n")];
    let arguments = [
        "validate",
        "--set",
        "exporters.prometheus_remote_write.endpoint=nowhere",
        "--config",
        "a.yaml",
        "--config",
        "b.yaml",
        "--config",
        "env:MORE",
    ];
    let variables = [("TIME", "hunter2"), ("MORE", "processors: {memory_limiter: {limit_mib: hunter3}}")];
    let error = error(&alluvium(&arguments, &files, &variables));
    for part in [
        " --> b.yaml:2:20\n  |\n2 |   batch: {timeout: '${env:TIME}'}\n",
        " --> env:MORE:1:42\n",
        " --> --set:1:44\n  |\n1 | exporters.prometheus_remote_write.endpoint=nowhere\n",
        "3 errors",
    ] {
        assert!(error.contains(part), "no {part} in {error}");
    }
    assert!(!error.contains("hunter"), "{error}");
}

/// Variables and files of the process.
#[test]
fn the_process() {
    let text = VALID.replace("timeout: 1s", "timeout: ${env:TIME}").replace("512", "${file:limit}");
    let files = [("a.yaml", text.as_str()), ("limit", "512\n")];
    let output = alluvium(&["validate", "--config", "a.yaml"], &files, &[("TIME", "2s")]);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let unset = alluvium(&["validate", "--config", "a.yaml"], &files, &[]);
    assert!(unset.status.success(), "{unset:?}");
    let warnings = String::from_utf8_lossy(&unset.stderr).into_owned();
    assert!(warnings.contains("warning: processors.batch.timeout: ${env:TIME} is not set"), "{warnings}");
    let missing = error(&alluvium(&["validate", "--config", "a.yaml"], &files[..1], &[("TIME", "2s")]));
    assert!(missing.contains("cannot read the file of ${file:limit}: No such file"), "{missing}");
}

/// Pipelines of other signals: an error that says how to leave them out, and then a line that says what was left out.
#[test]
fn metrics_only() {
    let more = "receivers: {filelog: {include: [a]}, nop/2: }\nprocessors: {k8s: }\nexporters: {debug: , loki: }\n\
                connectors: {count: }\nservice:\n  pipelines:\n    logs: {receivers: [filelog, otlp], processors: [k8s], \
                exporters: [loki, count]}\n    traces/x: {receivers: [otlp], exporters: [loki]}\n";
    let files = [("a.yaml", VALID), ("b.yaml", more)];
    let arguments = ["validate", "--config", "a.yaml", "--config", "b.yaml"];
    let refused = error(&alluvium(&arguments, &files, &[]));
    assert!(refused.contains("service.pipelines.logs: this host processes metrics, not logs"), "{refused}");
    assert!(refused.contains("run with --metrics-only"), "{refused}");
    let output = alluvium(&[&arguments[..], &["--metrics-only"]].concat(), &files, &[]);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let note = "note: --metrics-only ignores the pipelines logs, traces/x, and what only they use: connectors.count, \
                exporters.loki, processors.k8s, receivers.filelog\n";
    assert!(said.starts_with(note), "{said}");
    // What no pipeline at all uses is still looked at.
    assert!(said.contains("receivers.nop/2: no pipeline uses it") && said.contains("exporters.debug: no"), "{said}");
    let text = VALID.replace("    metrics:\n", "    traces:\n");
    let output = alluvium(&["validate", "--config", "a.yaml", "--metrics-only"], &[("a.yaml", &text)], &[]);
    assert!(error(&output).contains("no pipeline of metrics"), "{output:?}");
}

/// What the command line itself gets wrong.
#[test]
fn arguments() {
    for (argument, value, part) in [
        ("--set", "a.b", "missing equal sign"),
        ("--config", "https://example.com/a.yaml", "over the network"),
        ("--config", "s3:a", "no scheme s3"),
    ] {
        let output = alluvium(&["validate", argument, value], &[], &[]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains(part), "no {part} in {error}");
    }
}

/// The help of each command shows how it is used.
#[test]
fn help() {
    for (command, parts) in [
        ("run", ["--config", "--set", "--metrics-only", "Examples:", "merged over", "${env:NAME:-default}"]),
        ("validate", ["--config", "--set", "--metrics-only", "Examples:", "merged over", "No address is bound"]),
    ] {
        let output = alluvium(&[command, "--help"], &[], &[]);
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        for part in parts {
            assert!(help.contains(part), "no {part} in {help}");
        }
    }
}
