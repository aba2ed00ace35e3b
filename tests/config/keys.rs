//! Keys that are unknown, missing, or of a Collector that has more than this host.

use crate::attempt::{VALID, read, valid_but};

/// The slip of a finger, with the key that was meant.
#[test]
fn misspelt() {
    valid_but("    timeout: 1s", "    timeot: 1s").is_error(
        15,
        5,
        "processors.batch.timeot",
        &["unknown key"],
        &["did you mean timeout?"],
    );
}

/// Keys are case-sensitive.
#[test]
fn wrong_case() {
    valid_but("        endpoint: 127.0.0.1:4317", "        Endpoint: 127.0.0.1:5317").is_error(
        5,
        9,
        "receivers.otlp.protocols.grpc.Endpoint",
        &["unknown key"],
        &["did you mean endpoint?"],
    );
}

/// A word that resembles nothing: what is known is listed.
#[test]
fn far_from_everything() {
    valid_but("    timeout: 1s", "    colour: red").is_error(
        15,
        5,
        "processors.batch.colour",
        &["unknown key"],
        &["timeout", "send_batch_size", "send_batch_max_size"],
    );
}

/// A part of the key's name is enough.
#[test]
fn half_a_key() {
    valid_but("    timeout: 1s", "    batch_size: 1000").is_error(
        15,
        5,
        "processors.batch.batch_size",
        &["unknown key"],
        &["did you mean send_batch_size?"],
    );
}

/// A misspelt section is one mistake; what is in it is looked at all the same.
#[test]
fn misspelt_section() {
    valid_but("exporters:\n", "exportres:\n").is_error(
        16,
        1,
        "exportres",
        &["unknown key"],
        &["did you mean exporters?"],
    );
    valid_but("service:\n", "servces:\n").is_error(19, 1, "servces", &["unknown key"], &["did you mean service?"]);
    valid_but("  pipelines:\n", "  pipeline:\n").is_error(
        22,
        3,
        "service.pipeline",
        &["unknown key"],
        &["did you mean pipelines?"],
    );
    let both =
        valid_but("exporters:\n  prometheus_remote_write:\n", "exportres:\n  prometheus_remote_write:\n    wal: {}\n");
    assert_eq!(both.places(), [(16, "exportres".into()), (18, "exportres.prometheus_remote_write.wal".into())]);
}

/// A required key that is misspelt is one mistake, not two.
#[test]
fn misspelt_and_required() {
    valid_but("    endpoint: http", "    endpont: http").is_error(
        18,
        5,
        "exporters.prometheus_remote_write.endpont",
        &["unknown key"],
        &["did you mean endpoint?"],
    );
}

/// Without an endpoint the Collector writes to a placeholder.
#[test]
fn endpoint_missing() {
    valid_but("    endpoint: http://localhost:9090/api/v1/write", "    timeout: 5s").is_error(
        17,
        3,
        "exporters.prometheus_remote_write.endpoint",
        &["required"],
        &["add endpoint", "http://localhost:9090/api/v1/write"],
    );
}

/// A scrape page needs to know where it is.
#[test]
fn page_without_endpoint() {
    let attempt = read(
        "
receivers: {otlp: {protocols: {http: {}}}}
exporters: {prometheus: {}}
service: {pipelines: {metrics: {receivers: [otlp], exporters: [prometheus]}}}
",
    );
    attempt.is_error(3, 13, "exporters.prometheus.endpoint", &["required"], &["endpoint: localhost:9464"]);
}

/// Both missing keys of a memory limiter at once; the Collector names the second only after the first is mended.
#[test]
fn empty_memory_limiter() {
    let attempt = valid_but("  memory_limiter:\n    check_interval: 1s\n    limit_mib: 512\n", "  memory_limiter:\n");
    let expected = ["check_interval", "limit_mib"].map(|key| (9, format!("processors.memory_limiter.{key}")));
    assert_eq!(attempt.places(), expected);
    for (problem, help) in attempt.report.problems().iter().zip(["check_interval: 1s", "limit_mib: 512"]) {
        assert_eq!((problem.place.column, problem.message.as_str()), (3, "required"));
        assert!(problem.help.contains(help), "{}", problem.help);
    }
}

/// A share of the machine's memory, which only the Collector knows: one error, with the key to use.
#[test]
fn limit_in_percent() {
    valid_but("    limit_mib: 512", "    limit_percentage: 80").is_error(
        11,
        5,
        "processors.memory_limiter.limit_percentage",
        &["Collector", "does not have"],
        &["limit_mib"],
    );
}

/// The Collector's message for a misspelt verbosity names something else; this one says what there is.
#[test]
fn verbosity_of_debug() {
    let text = VALID
        .replace("\nexporters:\n", "\nexporters:\n  debug:\n    verbosity: detialed\n")
        .replace("exporters: [prometheus_remote_write]", "exporters: [prometheus_remote_write, debug]");
    read(&text).is_error(
        18,
        16,
        "exporters.debug.verbosity",
        &["basic or normal or detailed", "detialed"],
        &["did you mean detailed?"],
    );
}

/// Authentication that would silently not happen is an error.
#[test]
fn authentication() {
    valid_but("/api/v1/write\n", "/api/v1/write\n    auth: {authenticator: sigv4auth}\n").is_error(
        19,
        27,
        "exporters.prometheus_remote_write.auth.authenticator",
        &["sigv4auth", "configured"],
        &["extensions"],
    );
}

/// What only tunes the Collector's sockets is taken without a word: files are written for both.
#[test]
fn tuning() {
    valid_but("/api/v1/write\n", "/api/v1/write\n    write_buffer_size: 1024\n").flawless();
}

/// The queue of other exporters has another name here; the Collector takes the key and does nothing.
#[test]
fn queue_of_other_exporters() {
    valid_but("/api/v1/write\n", "/api/v1/write\n    sending_queue: {queue_size: 5}\n").is_error(
        19,
        5,
        "exporters.prometheus_remote_write.sending_queue",
        &["does not have"],
        &["remote_write_queue"],
    );
}

/// A key that older Collectors had, with the one that replaced it.
#[test]
fn old_address_of_own_metrics() {
    valid_but("    logs: {level: warn}", "    metrics: {address: ':8888'}").is_error(
        21,
        15,
        "service.telemetry.metrics.address",
        &["does not have"],
        &["readers", "port: 8888"],
    );
}

/// A reader that would push is not quietly left out.
#[test]
fn reader_that_pushes() {
    let metrics = "    metrics: {readers: [{periodic: {exporter: {otlp: {}}}}]}";
    valid_but("    logs: {level: warn}", metrics).is_error(
        21,
        26,
        "service.telemetry.metrics.readers.0.periodic",
        &["does not have"],
        &["pull"],
    );
}

/// Settings of the guest that ships are looked at with the rest of the file.
#[test]
fn of_a_guest() {
    valid_but("    max_stale: 5m", "    max_stall: 5m").is_error(
        13,
        5,
        "processors.delta_to_cumulative.max_stall",
        &["unknown key"],
        &["did you mean max_stale?"],
    );
}

/// A key that stands one level too far to the left.
#[test]
fn not_indented() {
    let shifted = valid_but("        endpoint: 127.0.0.1:4317", "      endpoint: 127.0.0.1:4317");
    shifted.is_error(5, 7, "receivers.otlp.protocols.endpoint", &["unknown key"], &["indent it further", "grpc"]);
    let shifted = read(
        "
receivers:
  otlp:
  protocols: {grpc: {}}
exporters: {prometheus: {endpoint: 'localhost:9464'}}
service: {pipelines: {metrics: {receivers: [otlp], exporters: [prometheus]}}}
",
    );
    assert_eq!(shifted.places(), [(3, "receivers.otlp.protocols".into()), (4, "receivers.protocols".into())]);
    let help = &shifted.report.problems()[1].help;
    assert!(help.starts_with("indent it further if it belongs to otlp"), "{help}");
}

/// The key of a pipeline's list, in the singular.
#[test]
fn one_exporter() {
    valid_but("      exporters: [prom", "      exporter: [prom").is_error(
        26,
        7,
        "service.pipelines.metrics.exporter",
        &["unknown key"],
        &["did you mean exporters?"],
    );
}
