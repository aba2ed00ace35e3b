//! Pipelines: what they list, and who listens where.

use std::sync::Arc;

use crate::attempt::{VALID, read, valid_but};

const PIPELINE: &str = "service.pipelines.metrics";

#[test]
fn no_service() {
    let text = VALID.split("service:").next().expect("a beginning");
    read(text).is_error(1, 1, "service", &["required"], &["pipelines", "metrics"]);
}

#[test]
fn no_pipelines() {
    let text = VALID.split("  pipelines:").next().expect("a beginning");
    read(text).is_error(19, 1, "service.pipelines", &["required"], &["metrics"]);
    read(&format!("{text}  pipelines: [metrics]\n")).is_error(
        22,
        3,
        "service.pipelines",
        &["expected a map", "a list"],
        &["its keys"],
    );
    read(&format!("{text}  pipelines: {{}}\n")).is_error(
        22,
        3,
        "service.pipelines",
        &["at least one pipeline"],
        &["metrics"],
    );
}

/// A name that resembles a configured one, and one that resembles none.
#[test]
fn not_configured() {
    let processors = |list: &str| valid_but("[memory_limiter, delta_to_cumulative, batch]", list);
    let path = format!("{PIPELINE}.processors");
    let says = ["is not configured"];
    processors("[memory_limiter, delta_to_cumulative, batch, bach]").is_error(25, 64, &path, &says, &["mean batch?"]);
    processors("[memory_limiter, delta_to_cumulative, batch, filter]").is_error(
        25,
        64,
        &path,
        &says,
        &["configured are batch, delta_to_cumulative, memory_limiter"],
    );
}

/// A section that is not there at all.
#[test]
fn section_not_there() {
    let section = "exporters:\n  prometheus_remote_write:\n    endpoint: http://localhost:9090/api/v1/write\n";
    valid_but(section, "").is_error(
        23,
        19,
        &format!("{PIPELINE}.exporters"),
        &["\"prometheus_remote_write\" is not configured"],
        &["no exporters in this file"],
    );
}

#[test]
fn a_type_that_is_not_here() {
    for (from, to, place, path, says, advises) in [
        (
            "  batch:",
            "  tail_sampling: {}\n  batch:",
            (14, 3),
            "processors.tail_sampling",
            "processor",
            "memory_limiter",
        ),
        ("  otlp:", "  jaeger: {}\n  otlp:", (2, 3), "receivers.jaeger", "receiver", "there are otlp"),
        (
            "  prometheus_remote_write:",
            "  kafka: {}\n  prometheus_remote_write:",
            (17, 3),
            "exporters.kafka",
            "exporter",
            "prometheus",
        ),
        ("  batch:", "  prometheus: {}\n  batch:", (14, 3), "processors.prometheus", "processor", "section exporters"),
        ("  batch:", "  bacth: {}\n  batch:", (14, 3), "processors.bacth", "processor", "did you mean batch?"),
    ] {
        let says = format!("this build has no {says} of type");
        valid_but(from, to).is_error(place.0, place.1, path, &[&says], &[advises]);
    }
}

/// A pipeline that lists such a one is not to blame.
#[test]
fn a_type_that_is_not_here_is_reported_once() {
    let text =
        VALID.replace("  batch:\n    timeout: 1s", "  tail_sampling: {}").replace(", batch]", ", tail_sampling]");
    read(&text).is_error(14, 3, "processors.tail_sampling", &["no processor of type"], &["remove it"]);
}

#[test]
fn odd_ids() {
    valid_but("  batch:", "  batch/: {}\n  batch:").is_error(
        14,
        3,
        "processors.batch/",
        &["nothing stands behind"],
        &["batch"],
    );
    valid_but("  batch:", "  'batch/a b': {}\n  batch:").is_error(
        14,
        3,
        "processors.batch/a b",
        &["blank"],
        &["batch/"],
    );
}

/// Somebody forgot to list it.
#[test]
fn unused() {
    valid_but("delta_to_cumulative, batch]", "delta_to_cumulative]").is_warning(
        14,
        3,
        "processors.batch",
        &["no pipeline uses it"],
        &["processors", "remove it"],
    );
}

/// A second processor of a kind needs a name; a receiver twice does no harm.
#[test]
fn listed_twice() {
    valid_but("delta_to_cumulative, batch]", "delta_to_cumulative, batch, batch]").is_error(
        25,
        64,
        &format!("{PIPELINE}.processors"),
        &["batch is listed twice"],
        &["batch/2"],
    );
    valid_but("[otlp]", "[otlp, otlp]").is_warning(
        24,
        25,
        &format!("{PIPELINE}.receivers"),
        &["otlp is listed twice", "once"],
        &["remove it"],
    );
}

/// A text where a list is expected; no second complaint that the list is empty.
#[test]
fn no_list() {
    valid_but("[otlp]", "otlp").is_error(
        24,
        18,
        &format!("{PIPELINE}.receivers"),
        &["expected a list", "otlp"],
        &["receivers: [otlp]"],
    );
}

#[test]
fn nothing_listed() {
    for (from, to, noun) in [
        ("exporters: [prometheus_remote_write]", "exporters: []", "exporter"),
        ("receivers: [otlp]", "receivers:", "receiver"),
        ("      receivers: [otlp]\n", "", "receiver"),
    ] {
        valid_but(from, to).is_error(
            23,
            5,
            &format!("{PIPELINE}.{noun}s"),
            &[&format!("at least one {noun}")],
            &[&format!("{noun}s: [")],
        );
    }
}

/// This host has one signal.
#[test]
fn other_signals() {
    for signal in ["logs", "traces", "profiles"] {
        let pipeline = format!("    {signal}: {{receivers: [otlp], exporters: [debug]}}\n    metrics:");
        valid_but("    metrics:", &pipeline).is_error(
            23,
            5,
            &format!("service.pipelines.{signal}"),
            &["processes metrics", signal],
            &["--metrics-only", "or remove it"],
        );
    }
    valid_but("    metrics:", "    metric: {}\n    metrics:").is_error(
        23,
        5,
        "service.pipelines.metric",
        &["unknown signal", "metric"],
        &["did you mean metrics?"],
    );
}

/// Scenario: exporters name authenticators, right and wrong. Guarantee: what could not work is said before anything runs.
#[test]
fn authenticators() {
    let named = |auth: &str, endpoint: &str, extensions: &str, list: &str| {
        let text = VALID.replace("http://localhost:9090/api/v1/write\n", &format!("{endpoint}\n    auth: {auth}\n"));
        read(&text.replace("service:", &format!("extensions: {extensions}\nservice:\n  extensions: {list}")))
    };
    const AMP: &str = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write";
    const KEY: &str = "exporters.prometheus_remote_write.auth.authenticator";
    named("{authenticator: sigv4auth}", AMP, "{sigv4auth: {region: eu-west-1, service: aps}}", "[sigv4auth]")
        .flawless();
    named("{authenticator: sigv4auth/a}", AMP, "{sigv4auth/a: }", "[sigv4auth/a]").flawless();
    let wrong = |extensions: &str, list: &str, endpoint: &str, message: &[&str], help: &[&str]| {
        named("{authenticator: sigv4auth}", endpoint, extensions, list).is_error(19, 27, KEY, message, help);
    };
    wrong("{sigv4auth/b: }", "[sigv4auth/b]", AMP, &["no extension", "configured"], &["sigv4auth/b"]);
    wrong("{sigv4auth: }", "[]", AMP, &["does not list"], &["extensions: [sigv4auth]"]);
    for elsewhere in ["http://localhost:9090/api/v1/write", "https://logs", "https://aps-workspaces.amazonaws.com/"] {
        wrong("{sigv4auth: {service: aps}}", "[sigv4auth]", elsewhere, &["no region"], &["region: us-east-1"]);
    }
    let proxy = "http://localhost:9090/api/v1/write";
    wrong("{sigv4auth: {region: eu-west-1}}", "[sigv4auth]", proxy, &["no service"], &["service: aps"]);
    named("{authenticator: health_check}", AMP, "{health_check: }", "[health_check]").is_error(
        19,
        27,
        KEY,
        &["no authenticator"],
        &["service.extensions"],
    );
}

#[test]
fn extensions() {
    let both = |ids: &str, list: &str| {
        let service = format!("extensions: {ids}\nservice:\n  extensions: {list}");
        valid_but("service:", &service)
    };
    assert_eq!(both("{health_check: }", "[health_check]").flawless().extensions.len(), 1);
    both("{health_check: , health_check/b: {endpoint: 'localhost:1'}}", "[health_check]").is_warning(
        19,
        30,
        "extensions.health_check/b",
        &["does not list it", "will not run"],
        &["list it under extensions of service"],
    );
    both("{health_check: }", "[health_check, healthcheck]").is_error(
        21,
        30,
        "service.extensions",
        &["not configured"],
        &["did you mean health_check?"],
    );
    both("{health_chek: }", "[]").is_error(
        19,
        14,
        "extensions.health_chek",
        &["no extension of type"],
        &["did you mean health_check?"],
    );
    both("{health_check: {path: health}}", "[health_check]").is_error(
        19,
        35,
        "extensions.health_check.path",
        &["must start with /"],
        &["/health"],
    );
    let taken = both("{health_check: {endpoint: '127.0.0.1:4317'}}", "[health_check]");
    taken.is_error(19, 39, "extensions.health_check.endpoint", &["is taken"], &["another port"]);
    // Nothing in it, nothing amiss.
    valid_but("service:", "extensions:\nservice:").flawless();
}

#[test]
fn no_protocol() {
    let protocols = &VALID[VALID.find("    protocols").expect("a key")..VALID.find("processors:").expect("a key")];
    for (written, place) in [("", (2, 3)), ("    protocols: {}\n", (3, 5)), ("    protocols:\n", (3, 5))] {
        valid_but(protocols, written).is_error(
            place.0,
            place.1,
            "receivers.otlp.protocols",
            &["at least one protocol"],
            &["grpc", "http"],
        );
    }
}

/// Two sockets on one port, which the Collector finds out when it starts.
#[test]
fn one_port_twice() {
    for address in ["127.0.0.1:4317", "0.0.0.0:4317", "localhost:4317"] {
        valid_but("127.0.0.1:4318", address).is_error(
            7,
            19,
            "receivers.otlp.protocols.http.endpoint",
            &["is taken", "protocols.grpc.endpoint"],
            &["another port"],
        );
    }
    // Port 0 is any that is free.
    read(&VALID.replace("127.0.0.1:4317", "127.0.0.1:0").replace("127.0.0.1:4318", "127.0.0.1:0")).flawless();
    valid_but("127.0.0.1:4318", "10.0.0.1:4317").flawless();
}

/// The host's own metrics have a port that nobody has written down.
#[test]
fn the_port_of_own_metrics() {
    valid_but("127.0.0.1:4318", "0.0.0.0:8888").is_error(
        7,
        19,
        "receivers.otlp.protocols.http.endpoint",
        &["is taken", "service.telemetry.metrics", "by default"],
        &["another port"],
    );
}

/// One receiver feeds two pipelines: it is the same in both, and its address is not taken twice.
#[test]
fn a_receiver_for_two() {
    let two = "{receivers: [otlp], processors: [delta_to_cumulative], exporters: [prometheus_remote_write]}";
    let read = valid_but("    metrics:", &format!("    metrics/two: {two}\n    metrics:"));
    let settings = read.settings.as_ref().expect("settings");
    let [(_, first), (_, second)] = settings.pipelines.as_slice() else { panic!("{settings:?}") };
    assert!(Arc::ptr_eq(&first[0], &second[0]));
    read.flawless();
}

/// A stream's entry has one bit for each stage: 16.
#[test]
fn too_many_guests() {
    let guests: Vec<String> = (0..17).map(|number| format!("delta_to_cumulative/{number}")).collect();
    let with =
        |count: usize| {
            let configured: String = guests[..count].iter().map(|id| format!("  {id}: {{}}\n")).collect();
            let list = format!("[{}]", guests[..count].join(", "));
            let text = VALID.replace("  delta_to_cumulative:\n    max_stale: 5m\n", &configured);
            read(&text.replace(
                "[memory_limiter, delta_to_cumulative, batch]",
                &list.replace("[", "[memory_limiter, batch, "),
            ))
        };
    assert_eq!(with(16).flawless().pipelines[0].0.stages.len(), 16);
    let column = "      processors: [memory_limiter, batch, ".len() + guests[..16].join(", ").len() + ", ".len() + 1;
    with(17).is_error(40, column, &format!("{PIPELINE}.processors"), &["at most 16 guests"], &["one guest"]);
}

/// Deltas that would all be dropped, exporters that keep each other on one shard, and a batch that counts for nothing.
#[test]
fn hardly_meant() {
    let processors = |list: &str| valid_but("[memory_limiter, delta_to_cumulative, batch]", list);
    let path = format!("{PIPELINE}.exporters");
    let deltas = ["take totals only", "delta sums"];
    let warned = processors("[memory_limiter, batch]");
    let problem = warned.report.problems()[1].clone();
    assert_eq!((problem.severity, problem.path), (config::report::Severity::Warning, path.clone()));
    assert!(deltas.iter().all(|words| problem.message.contains(words)), "{}", warned.report);
    let other =
        "  prometheus_remote_write/other:\n    endpoint: http://localhost:9091/api/v1/write\n    namespace: other\n";
    let text = VALID
        .replace("exporters:\n  prometheus_remote_write:", &format!("exporters:\n{other}  prometheus_remote_write:"));
    let list = "exporters: [prometheus_remote_write, prometheus_remote_write/other]";
    let warned = read(&text.replace("exporters: [prometheus_remote_write]", list));
    warned.is_warning(29, 7, &path, &["one shard"], &["a pipeline of its own"]);
    let twice = VALID.replace("  batch:\n", "  batch/other: {}\n  batch:\n");
    let warned = read(&twice.replace("delta_to_cumulative, batch]", "delta_to_cumulative, batch/other, batch]"));
    warned.is_warning(26, 70, &format!("{PIPELINE}.processors"), &["takes the place"], &["keep the one"]);
}

/// Two memory limiters are a mistake that the Collector takes.
#[test]
fn two_limiters() {
    let text = VALID
        .replace("  batch:\n", "  memory_limiter/2: {check_interval: 1s, limit_mib: 9}\n  batch:\n")
        .replace("[memory_limiter,", "[memory_limiter, memory_limiter/2,");
    read(&text).is_error(26, 36, &format!("{PIPELINE}.processors"), &["one memory_limiter"], &["smaller limit"]);
}
