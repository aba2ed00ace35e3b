//! `alluvium config print`: what is in effect, and where it comes from.

use alluvium::assembly::effective::effective;

use crate::attempt::{VALID, read};

const PRINTED: &str = include_str!("fixtures/printed.yaml");

const SECRETS: &str = "
receivers: {otlp: {protocols: {http: {}}}}
exporters:
  prometheus_remote_write:
    endpoint: http://localhost/write
    headers: {Authorization: Bearer hush, X-Scope-OrgID: hush}
    external_labels: {a: 'b$$c', d: '5', e: 'f: g # h', i: \"j\\nk\"}
    write_buffer_size: 1024
service: {pipelines: {metrics: {receivers: [otlp], exporters: [prometheus_remote_write]}}}
";

/// Scenario: what was printed is read again. Guarantee: it means the same.
#[test]
fn what_is_printed_can_be_read_again() {
    let dollars = SECRETS.replace("headers:", "# headers:");
    for text in [
        VALID,
        include_str!("fixtures/all.yaml"),
        include_str!("fixtures/worker.yaml"),
        include_str!("fixtures/anchors.yaml"),
        alluvium::assembly::DEFAULT,
        &dollars,
        &dollars.replace("endpoint: http://localhost/write", "http: {endpoint: http://localhost, timeout: 9s}"),
        &VALID.replace("timeout: 1s", "timeout:\n    send_batch_size: 5.5"),
        &VALID.replace("logs: {level: warn}", "metrics: {readers: [{pull: {exporter: {prometheus: {port: 9}}}}]}"),
        &VALID.replace("max_stale: 5m", "module: a.wasm\n    colour: {red: [1, 'two', '3', -4, '*', '- a']}"),
    ] {
        let first = read(text);
        let printed = effective(&first.report);
        let second = read(&printed);
        assert!(second.settings.is_some(), "{printed}\n{}", second.report);
        assert_eq!(first.settings, second.settings, "{printed}");
    }
}

/// Scenario: a configuration with defaults, written values and keys without effect. Guarantee: each says where it comes from.
#[test]
fn origins() {
    let printed = effective(&read(VALID).report);
    assert!(printed == PRINTED, "{printed}");
    let printed = effective(&read(SECRETS).report);
    let without = "    write_buffer_size: 1024 # test.yaml:8; no effect: this host keeps as many connections";
    assert!(printed.contains(without), "{printed}");
}

/// Scenario: headers with tokens. Guarantee: nobody sees them, neither printed nor in settings that are shown.
#[test]
fn secrets() {
    let attempt = read(SECRETS);
    let printed = effective(&attempt.report);
    assert!(printed.contains("      Authorization: \"****\" # test.yaml:6\n"), "{printed}");
    assert!(!printed.contains("hush") && !format!("{:?}", attempt.settings).contains("hush"), "{printed}");
}
