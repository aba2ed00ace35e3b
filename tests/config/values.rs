//! Values of the wrong type, form or size.

use std::time::Duration;

use prometheus::labels::ResourceLabels;
use wasm::Source;

use crate::attempt::{Attempt, valid_but};
use crate::meaning::{endpoints, guests, needs, remote_write};

fn timeout(value: &str) -> Attempt {
    valid_but("    timeout: 1s", &format!("    timeout: {value}"))
}

fn size(value: &str) -> Attempt {
    valid_but("    timeout: 1s", &format!("    send_batch_size: {value}"))
}

fn guest(setting: &str) -> Attempt {
    valid_but("    max_stale: 5m", &format!("    {setting}"))
}

const TIMEOUT: &str = "processors.batch.timeout";
const SIZE: &str = "processors.batch.send_batch_size";

/// What Go's `time.ParseDuration` takes.
#[test]
fn durations() {
    for value in ["0", "0s", "'1s'", "1h30m", "1.5h", ".5s", "100ms", "10us", "10µs", "10μs", "11ns", "+5s"] {
        timeout(value).flawless();
    }
}

/// What it does not take: each shows the value and the form.
#[test]
fn no_durations() {
    for value in
        ["5 seconds", "5sec", "1h 30m", "5S", "s", "1.5.5s", "inf", "1e3s", "5m30", "1_000s", "five", "1,5s", "true"]
    {
        timeout(value).is_error(15, 14, TIMEOUT, &[value, "no duration"], &["500ms", "1h30m"]);
    }
}

/// Go has no days; the help does the sum.
#[test]
fn days() {
    timeout("3d").is_error(15, 14, TIMEOUT, &["3d", "no duration"], &["72h"]);
}

#[test]
fn negative_durations() {
    for value in ["-1s", "-5", "-1h30m"] {
        timeout(value).is_error(15, 14, TIMEOUT, &["must not be negative", value], &[]);
    }
}

/// The Collector's durations are 63 bits of nanoseconds.
#[test]
fn endless_durations() {
    for value in ["9999999h", "99999999999999999999999h", "9223372036854775808ns", "9223372036854775808"] {
        timeout(value).is_error(15, 14, TIMEOUT, &[value, "longer than 292 years"], &[]);
    }
}

/// The Collector silently takes 5 for 5 ns.
#[test]
fn bare_number() {
    timeout("5").is_warning(15, 14, TIMEOUT, &["nanoseconds", "5ns"], &["5s"]);
    timeout("'5'").is_error(15, 14, TIMEOUT, &["no unit"], &["5s"]);
}

/// The Collector silently takes nothing for 0, and so does this host, with a word.
#[test]
fn nothing() {
    timeout("").is_warning(15, 5, TIMEOUT, &["no value means 0s", "default, 200ms"], &["give it a value"]);
    timeout("~").is_warning(15, 5, TIMEOUT, &["no value means 0s", "default, 200ms"], &["remove the key"]);
    assert_eq!(remote_write(&timeout("").settings.expect("settings")).batch.wait, Duration::ZERO);
    size("").is_warning(15, 5, SIZE, &["no value means 0", "default, 8192"], &["remove the key"]);
    let lanes = "/api/v1/write\n    remote_write_queue: {queue_size: }\n";
    valid_but("/api/v1/write\n", lanes).is_error(
        19,
        26,
        "exporters.prometheus_remote_write.remote_write_queue.queue_size",
        &["no value", "whole number from 1"],
        &[],
    );
}

#[test]
fn whole_numbers() {
    for value in ["512", "+512", "5_000", "0x200"] {
        size(value).flawless();
    }
    for (value, advice) in [
        ("many", "write a number"),
        ("512MiB", "plain digits"),
        ("-1", ""),
        ("4294967296", ""),
        ("99999999999999999999999999", ""),
    ] {
        size(value).is_error(15, 22, SIZE, &["expected a whole number from 0 to 4294967295", value], &[advice]);
    }
}

/// The Collector takes a zero in front for the mark of an octal number, without a word.
#[test]
fn octal_numbers() {
    let attempt = size("0123");
    attempt.is_warning(15, 22, SIZE, &["0123 begins with a zero", "octal: 83"], &["write 83"]);
    assert_eq!(remote_write(&attempt.settings.expect("settings")).batch.samples, 83);
}

/// The Collector takes the whole part without a word.
#[test]
fn numbers_with_a_fraction() {
    for (value, taken) in [("1.5", 1), ("1e3", 1_000), ("2.0", 2)] {
        let attempt = size(value);
        attempt.is_warning(15, 22, SIZE, &[value, "no whole number", &format!("{taken} is used")], &["write"]);
        assert_eq!(remote_write(&attempt.settings.expect("settings")).batch.samples, taken);
    }
    for value in ["-1.5", "1e300", ".inf", ".nan"] {
        size(value).is_error(15, 22, SIZE, &["expected a whole number", value], &[]);
    }
}

/// The Collector takes no number and no boolean for a text, and a text with commas for a list.
#[test]
fn texts() {
    let with = |keys: &str| valid_but("/api/v1/write\n", &format!("/api/v1/write\n    {keys}\n"));
    let path = "exporters.prometheus_remote_write.namespace";
    for (value, found) in [("5", "a number"), ("0x1f", "a number"), ("1.5", "a number"), ("true", "a boolean")] {
        let quoted = format!("\"{value}\"");
        with(&format!("namespace: {value}")).is_error(19, 16, path, &["expected text", found, value], &[&quoted]);
    }
    for value in ["'5'", "1.2.3", "yes", "five", "12s"] {
        with(&format!("namespace: {value}")).flawless();
    }
    with("namespace:").flawless();
    let path = "exporters.prometheus_remote_write.resource_constant_labels.included";
    let attempt = with("resource_constant_labels: {included: '*'}");
    attempt.is_warning(19, 42, path, &["a text where a list belongs"], &["[*]"]);
    let settings = attempt.settings.expect("settings");
    assert_eq!(remote_write(&settings).labelling.resource, ResourceLabels::All);
}

/// Quotes make a text of a number.
#[test]
fn quoted_number() {
    size("\"8192\"").is_error(15, 22, SIZE, &["expected a number", "\"8192\""], &["remove the quotes"]);
    size("!!str 8192").is_error(15, 22, SIZE, &["expected a number", "\"8192\""], &["remove the quotes"]);
}

#[test]
fn a_list_for_one_value() {
    timeout("[1s]").is_error(15, 5, TIMEOUT, &["expected one value", "a list"], &[]);
    timeout("{a: 1s}").is_error(15, 5, TIMEOUT, &["expected one value", "a map"], &[]);
}

#[test]
fn one_value_for_a_block() {
    valid_but("  batch:\n    timeout: 1s", "  batch: 1s").is_error(
        14,
        10,
        "processors.batch",
        &["expected a map", "text"],
        &["its keys"],
    );
}

/// YAML 1.2 knows two words.
#[test]
fn booleans() {
    let switch =
        |value: &str| valid_but("/api/v1/write\n", &format!("/api/v1/write\n    disable_scope_info: {value}\n"));
    let path = "exporters.prometheus_remote_write.disable_scope_info";
    for value in ["true", "false", "True", "FALSE"] {
        switch(value).flawless();
    }
    for (value, advice) in [("yes", "write true"), ("off", "write false"), ("1", "write true or false")] {
        switch(value).is_error(19, 25, path, &["expected true or false", value], &[advice]);
    }
    switch("'true'").is_error(19, 25, path, &["expected true or false"], &["remove the quotes"]);
}

/// The Collector's rule.
#[test]
fn spike_beyond_the_limit() {
    valid_but("    limit_mib: 512", "    limit_mib: 100\n    spike_limit_mib: 200").is_error(
        12,
        22,
        "processors.memory_limiter.spike_limit_mib",
        &["smaller than limit_mib", "200", "100"],
        &["fifth"],
    );
}

/// The Collector's rule.
#[test]
fn no_check_interval() {
    valid_but("check_interval: 1s", "check_interval: 0s").is_error(
        10,
        21,
        "processors.memory_limiter.check_interval",
        &["greater than zero"],
        &["1s"],
    );
}

/// The Collector's rule; 8192 is the default that one of the two keys runs into.
#[test]
fn largest_batch_below_the_usual() {
    valid_but("    timeout: 1s", "    send_batch_max_size: 1000").is_error(
        15,
        26,
        "processors.batch.send_batch_max_size",
        &["not be smaller than send_batch_size", "1000", "8192"],
        &["send_batch_size: 1000"],
    );
}

/// 0 is no limit, as many hope; the Collector would refuse everything.
#[test]
fn no_streams() {
    let attempt = guest("max_streams: 0");
    attempt.is_warning(13, 18, "processors.delta_to_cumulative.max_streams", &["no limit"], &["remove the key"]);
    let settings = attempt.settings.expect("settings");
    assert_eq!(needs(guests(&settings)[0]).max_streams, None);
}

#[test]
fn negative_streams() {
    guest("max_streams: -1").is_error(
        13,
        18,
        "processors.delta_to_cumulative.max_streams",
        &["whole number", "-1"],
        &[],
    );
}

/// The Collector's rule.
#[test]
fn no_time_to_be_silent() {
    guest("max_stale: 0s").is_error(
        13,
        16,
        "processors.delta_to_cumulative.max_stale",
        &["greater than zero"],
        &["such as 5m"],
    );
}

#[test]
fn ordering() {
    guest("ordering: strict").flawless();
    guest("ordering: merge").flawless();
    guest("ordering: strickt").is_error(
        13,
        15,
        "processors.delta_to_cumulative.ordering",
        &["merge or strict", "strickt"],
        &["did you mean strict?"],
    );
}

/// A guest from a file gets its own block, whatever is in it.
#[test]
fn a_guest_from_a_file() {
    let attempt = guest("module: /opt/guest.wasm\n    colour: {red: [1, 'two']}");
    let place = attempt.report.place_of("processors.delta_to_cumulative.colour.red.1");
    assert_eq!((place.line, place.column), (14, 23));
    let settings = attempt.flawless();
    let guest = guests(&settings)[0];
    assert_eq!(guest.source, Source::File { path: "/opt/guest.wasm".into(), sha256: None });
    assert_eq!(guest.settings, r#"{"colour":{"red":[1,"two"]}}"#);
}

#[test]
fn no_file_for_a_guest() {
    for module in ["''", "https://example.org/guest.wasm"] {
        guest(&format!("module: {module}")).is_error(
            13,
            13,
            "processors.delta_to_cumulative.module",
            &["no file"],
            &["path of a component"],
        );
    }
}

/// Where the host listens.
#[test]
fn addresses_to_listen_on() {
    let path = "receivers.otlp.protocols.grpc.endpoint";
    let at = |address: &str| valid_but("127.0.0.1:4317", address);
    for address in ["localhost:1", "0.0.0.0:4317", "'[::1]:4317'", "'[::]:4317'", "my-host_1.example.org:65535"] {
        at(address).flawless();
    }
    for (address, says, advises) in [
        ("localhost", "needs a port", "localhost:4317"),
        ("4317", "needs a port", ""),
        ("http://localhost:4317", "no scheme", "write localhost:4317"),
        ("localhost:65536", "65535", "localhost:4317"),
        ("localhost:http", "65535", "localhost:4317"),
        ("'::1:4317'", "brackets", "[::1]:4317"),
        ("'my host:4317'", "no name", "localhost:4317"),
    ] {
        at(address).is_error(5, 19, path, &[says], &[advises]);
    }
    let everywhere = at("':4317'");
    everywhere.is_warning(5, 19, path, &["every address", "IPv4"], &["0.0.0.0:4317"]);
    assert_eq!(endpoints(&everywhere.settings.expect("settings").pipelines[0].1)[0].1, "0.0.0.0:4317");
}

/// Where it writes to.
#[test]
fn addresses_to_write_to() {
    for (address, says, advises) in [
        ("localhost:9090", "begins with http", "write http://localhost:9090"),
        ("not a url", "no address", "http://localhost:9090/api/v1/write"),
        ("ftp://localhost/", "no address", "http://localhost:9090/api/v1/write"),
        ("http://localhost:99999/", "the port", "http://localhost:9090/api/v1/write"),
        ("http://:80/", "needs a host", "http://localhost:9090/api/v1/write"),
        ("http://me:secret@localhost/", "name and password", "Authorization: Basic"),
        ("''", "no address", "http://localhost:9090/api/v1/write"),
    ] {
        valid_but("http://localhost:9090/api/v1/write", address).is_error(
            18,
            15,
            "exporters.prometheus_remote_write.endpoint",
            &[says],
            &[advises],
        );
    }
}

/// The Collector's rules of retries, and those that keep sums within their types.
#[test]
fn retries() {
    let retry =
        |keys: &str| valid_but("/api/v1/write\n", &format!("/api/v1/write\n    retry_on_failure: {{{keys}}}\n"));
    let path = |key: &str| format!("exporters.prometheus_remote_write.retry_on_failure.{key}");
    retry("max_elapsed_time: 10s").is_error(
        19,
        42,
        &path("max_elapsed_time"),
        &["not be shorter than max_interval", "10s", "30s"],
        &["0 sets no limit"],
    );
    retry("max_elapsed_time: 5m, max_interval: 10m").is_error(
        19,
        42,
        &path("max_elapsed_time"),
        &["not be shorter than max_interval", "300s", "600s"],
        &["0 sets no limit"],
    );
    retry("randomization_factor: 2").is_error(19, 46, &path("randomization_factor"), &["from 0 to 1", "2"], &[]);
    retry("multiplier: 1e300").is_error(19, 36, &path("multiplier"), &["from 1 to 1000", "1e300"], &[]);
    retry("multiplier: .nan").is_error(19, 36, &path("multiplier"), &["from 1 to 1000", ".nan"], &[]);
    retry("initial_interval: 0s").is_warning(19, 42, &path("initial_interval"), &["without a pause"], &["how long"]);
}

#[test]
fn a_queue_of_nothing() {
    valid_but("/api/v1/write\n", "/api/v1/write\n    remote_write_queue: {queue_size: 0}\n").is_error(
        19,
        38,
        "exporters.prometheus_remote_write.remote_write_queue.queue_size",
        &["whole number from 1", "0"],
        &[],
    );
}

/// What waits needs a lane, and a shard has no more lanes than its bound.
#[test]
fn lanes() {
    let queue = |consumers: &str| {
        valid_but(
            "/api/v1/write\n",
            &format!("/api/v1/write\n    remote_write_queue: {{num_consumers: {consumers}}}\n"),
        )
    };
    let path = "exporters.prometheus_remote_write.remote_write_queue.num_consumers";
    queue("0").is_error(19, 41, path, &["whole number from 1", "0"], &[]);
    let settings = queue("1000000").flawless();
    assert_eq!(remote_write(&settings).lanes_of_a_shard(2), 256);
}

/// A label needs a name and a value.
#[test]
fn labels() {
    let label =
        |entry: &str| valid_but("/api/v1/write\n", &format!("/api/v1/write\n    external_labels: {{{entry}}}\n"));
    let path = |key: &str| format!("exporters.prometheus_remote_write.external_labels.{key}");
    label("a: ''").is_error(19, 23, &path("a"), &["needs a value"], &["remove"]);
    label("a: [b]").is_error(19, 23, &path("a"), &["expected text", "a list"], &[]);
}

#[test]
fn headers() {
    let header = |entry: &str| valid_but("/api/v1/write\n", &format!("/api/v1/write\n    headers: {{{entry}}}\n"));
    let path = |key: &str| format!("exporters.prometheus_remote_write.headers.{key}");
    header("'X Y': a").is_error(19, 15, &path("X Y"), &["no name for a header"], &["letters"]);
    header(r#"X: "a\nb""#).is_error(19, 15, &path("X"), &["no value for a header"], &["one line"]);
}

/// Names that the remote write of today cannot carry.
#[test]
fn translation() {
    valid_but("/api/v1/write\n", "/api/v1/write\n    translation_strategy: NoTranslation\n").is_error(
        19,
        5,
        "exporters.prometheus_remote_write.translation_strategy",
        &["requires Prometheus Remote Write 2.0"],
        &["UnderscoreEscapingWithSuffixes"],
    );
}

#[test]
fn log_levels() {
    valid_but("level: warn", "level: warning").is_error(
        21,
        19,
        "service.telemetry.logs.level",
        &["debug or info or warn", "warning"],
        &["did you mean warn?"],
    );
}

/// What is written beside points: zeros by default, and what harms where others write the same series only if it is known that
/// nobody does.
#[test]
fn truthful_counters() {
    const ENDPOINT: &str = "    endpoint: http://localhost:9090/api/v1/write";
    let with = |block: &str| valid_but(ENDPOINT, &format!("{ENDPOINT}\n    truthful_counters: {block}"));
    for (block, zeros, repeats, markers) in [
        ("{}", 100, false, false),
        ("{single_writer: true}", 100, true, true),
        ("{zeros: 0, single_writer: true, repeats: false}", 0, false, true),
        ("{zeros: 1000, repeats: true, stale_markers: AUTO}", 1_000, true, false),
    ] {
        let settings = with(block).flawless();
        let truthful = remote_write(&settings).truthful;
        let found =
            (truthful.zeros, truthful.repeats.is_on(truthful.writers), truthful.stale_markers.is_on(truthful.writers));
        assert_eq!(found, (zeros, repeats, markers), "{block}");
    }
    let path = |key: &str| format!("exporters.prometheus_remote_write.truthful_counters.{key}");
    with("{repeat_interval: 0s}").is_error(19, 42, &path("repeat_interval"), &["1s at least"], &["60s"]);
    with("{zeros: 1001}").is_error(19, 32, &path("zeros"), &["1001", "1000"], &[]);
    with("{repeats: maybe}").is_error(19, 34, &path("repeats"), &["auto or true or false", "maybe"], &[]);
}
