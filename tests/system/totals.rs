//! What PromQL says is what the senders sent.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::alluvium::{Alluvium, PATIENCE, Protocol, RECEIVERS, TELEMETRY};
use crate::js;
use crate::prometheus::Prometheus;
use crate::raw;
use crate::support::otlp::{DELTA, SECOND, gauge, point, request, request_of, sum, text};
use crate::truth::Truth;

/// Claude Code's counters, and what Prometheus calls them (dashboards depend on exactly these).
pub const METRICS: [(&str, &str); 8] = [
    ("claude_code.session.count", "claude_code_session_count_total"),
    ("claude_code.lines_of_code.count", "claude_code_lines_of_code_count_total"),
    ("claude_code.pull_request.count", "claude_code_pull_request_count_total"),
    ("claude_code.commit.count", "claude_code_commit_count_total"),
    ("claude_code.cost.usage", "claude_code_cost_usage_USD_total"),
    ("claude_code.token.usage", "claude_code_token_usage_tokens_total"),
    ("claude_code.code_edit_tool.decision", "claude_code_code_edit_tool_decision_total"),
    ("claude_code.active_time.total", "claude_code_active_time_seconds_total"),
];

/// Sessions in a hurry, so that a test sees many exports of each.
pub const PLAY: [&str; 6] = ["--sessions", "12", "--duration", "8s", "--interval", "500ms"];

/// The peer's worker: memory limiter, deltas to totals, batches, remote write.
pub fn worker(prometheus: &Prometheus) -> String {
    format!(
        "{RECEIVERS}
processors:
  memory_limiter: {{check_interval: 1s, limit_mib: 12000, spike_limit_mib: 1000}}
  deltatocumulative: {{max_stale: 30m, max_streams: 2000000}}
  batch: {{timeout: 1s, send_batch_size: 2048, send_batch_max_size: 4096}}
exporters:
  prometheusremotewrite:
    endpoint: {}
    resource_to_telemetry_conversion: {{enabled: true}}
    remote_write_queue: {{enabled: true, queue_size: 10000, num_consumers: 5}}
service:{TELEMETRY}
  pipelines:
    metrics:
      receivers: [otlp]
      processors: [memory_limiter, deltatocumulative, batch]
      exporters: [prometheusremotewrite]
",
        prometheus.write_url()
    )
}

/// What Prometheus has by session.
async fn totals(prometheus: &Prometheus, name: &str) -> BTreeMap<String, f64> {
    prometheus.query(&format!("sum by (session_id) ({name})"), "session_id").await
}

/// Everything that was sent has arrived, to the last bit; `sent` counts all metrics that must be there.
pub async fn assert_true(prometheus: &Prometheus, truth: &Truth, sent: &[&str]) {
    for (metric, name) in METRICS {
        let expected = truth.of(metric);
        assert!(!expected.is_empty() || !sent.contains(&metric), "nothing was sent of {metric}");
        assert_eq!(totals(prometheus, name).await, expected, "{name}");
    }
}

pub const TOKENS_AND_COST: [&str; 2] = ["claude_code.token.usage", "claude_code.cost.usage"];

/// Sessions come and go over HTTP, with a length, in chunks and compressed, some with two processes; a stopped host has
/// sent everything, and Prometheus has the senders' totals exactly.
#[tokio::test]
async fn remote_write_has_the_totals_of_http_clients() {
    let prometheus = Prometheus::start(&[]).await;
    let alluvium = Alluvium::start(&worker(&prometheus)).await;
    let with = |seed: &'static str, more: &[&'static str]| [&PLAY[..], &["--seed", seed], more].concat();
    let (plain, chunked, gzip) = (with("1", &[]), with("2", &["--chunked"]), with("3", &["--gzip"]));
    let (plain, chunked, gzip) = tokio::join!(
        alluvium.generate(Protocol::Http, &plain),
        alluvium.generate(Protocol::Http, &chunked),
        alluvium.generate(Protocol::Http, &gzip),
    );
    let truth = plain.and(chunked).and(gzip);
    assert!(alluvium.stop().await.success());
    assert_true(&prometheus, &truth, &TOKENS_AND_COST).await;
}

/// The same over gRPC.
#[tokio::test]
async fn remote_write_has_the_totals_of_grpc_clients() {
    let prometheus = Prometheus::start(&[]).await;
    let alluvium = Alluvium::start(&worker(&prometheus)).await;
    let (plain, gzip) = ([&PLAY[..], &["--seed", "4"]].concat(), [&PLAY[..], &["--seed", "5", "--gzip"]].concat());
    let (plain, gzip) =
        tokio::join!(alluvium.generate(Protocol::Grpc, &plain), alluvium.generate(Protocol::Grpc, &gzip));
    assert!(alluvium.stop().await.success());
    assert_true(&prometheus, &plain.and(gzip), &TOKENS_AND_COST).await;
}

/// The real SDK with delta temporality, over all of its protocols at once.
#[tokio::test]
async fn remote_write_has_the_totals_of_the_javascript_sdk() {
    let prometheus = Prometheus::start(&[]).await;
    let alluvium = Alluvium::start(&worker(&prometheus)).await;
    let (http, grpc) = (format!("http://{}", alluvium.http), format!("http://{}", alluvium.grpc));
    // Some sessions have two processes: their deltas add up.
    let (protobuf, grpc, json, gzip) = tokio::join!(
        js::claude_code("http/protobuf", "none", &http, 1, &["h1", "h2", "h3", "h4"]),
        js::claude_code("grpc", "gzip", &grpc, 2, &["g1", "g2", "h3"]),
        js::claude_code("http/json", "none", &http, 3, &["j1", "j2", "h3"]),
        js::claude_code("http/json", "gzip", &http, 4, &["z1", "z2", "g2"]),
    );
    assert!(alluvium.stop().await.success());
    assert_true(&prometheus, &protobuf.and(grpc).and(json).and(gzip), &TOKENS_AND_COST).await;
}

/// The embedded default, scraped: the totals themselves are there, and so is all that happened since the first scrape.
/// `increase` over the whole time sees every session, because a new counter showed zero first.
#[tokio::test]
async fn a_scraping_prometheus_has_the_totals_and_the_increase() {
    let alluvium = Alluvium::start(&default_on_free_ports().await).await;
    let prometheus = Prometheus::start(&[&alluvium.scrape]).await;
    let truth = alluvium.generate(Protocol::Http, &[&PLAY[..], &["--seed", "6"]].concat()).await;
    let arrived = async {
        for (metric, name) in METRICS {
            while totals(&prometheus, name).await != truth.of(metric) {
                // Prometheus does not tell when it has scraped.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    };
    if tokio::time::timeout(PATIENCE, arrived).await.is_err() {
        assert_true(&prometheus, &truth, &TOKENS_AND_COST).await;
    }
    // Without its extrapolation, which is PromQL's own: the last value less the first.
    for (metric, name) in METRICS {
        let risen = format!("sum by (session_id) (max_over_time({name}[10m]) - min_over_time({name}[10m]))");
        assert_eq!(prometheus.query(&risen, "session_id").await, truth.of(metric), "{name}");
    }
}

/// What the binary says it runs by default, on other ports.
async fn default_on_free_ports() -> String {
    let output = crate::alluvium::run(&["run", "--print-default"]).await;
    let mut config = String::from_utf8(output.stdout).expect("text");
    for port in ["4317", "4318", "9464"] {
        let fixed = format!("localhost:{port}");
        assert!(config.contains(&fixed), "{config}");
        config = config.replace(&fixed, "127.0.0.1:0");
    }
    config.replace("service:", &format!("service:{TELEMETRY}"))
}

/// A client whose clock is three hours behind spoils nothing: not its own totals, and not those it shares requests with.
#[tokio::test]
async fn late_clients_arrive() {
    let prometheus = Prometheus::start(&[]).await;
    let alluvium = Alluvium::start(&worker(&prometheus)).await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos() as u64;
    let late = now - 3 * 3_600 * SECOND;
    for round in 1..=3 {
        let points =
            vec![point("good", now - SECOND, now + round, 1), point("late", late - SECOND, late + round * SECOND, 10)];
        assert_eq!(raw::post(&alluvium.http, &[], request(points)).await.status, 200);
    }
    assert!(alluvium.stop().await.success());
    let expected = BTreeMap::from([("good".to_owned(), 3.0), ("late".to_owned(), 30.0)]);
    assert_shown(&prometheus, &expected).await;
}

/// What the counter `requests` says of streams. First totals may be a tenth of a second ahead of a host that has just started.
async fn assert_shown(prometheus: &Prometheus, expected: &BTreeMap<String, f64>) {
    let shown = async {
        while prometheus.query("requests_total", "stream").await != *expected {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(5), shown).await.is_err() {
        assert_eq!(prometheus.query("requests_total", "stream").await, *expected);
    }
}

/// Levels without a time or a day old stand between the counters of each request: more than could be found by halving what
/// Prometheus refuses. The counters arrive all the same.
#[tokio::test]
async fn levels_that_are_refused_spoil_nothing() {
    let prometheus = Prometheus::start(&[]).await;
    let alluvium = Alluvium::start(&worker(&prometheus)).await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos() as u64;
    let streams: Vec<String> = (0..200).map(|n| format!("s{n}")).collect();
    for round in 1..=3 {
        // In the past, or a query that comes at once finds nothing.
        let time = now - (4 - round) * SECOND;
        let of = |stream: &String| {
            let old = if stream.ends_with('5') { 0 } else { time - 86_400 * SECOND };
            let counter = sum("requests", DELTA, vec![point(stream, time - SECOND, time, 1)]);
            [counter, gauge("level", vec![point(stream, 0, old, 1)])]
        };
        let metrics = streams.iter().flat_map(of).collect();
        let request = request_of(vec![text("service.name", "test")], metrics);
        assert_eq!(raw::post(&alluvium.http, &[], request).await.status, 200);
    }
    assert!(alluvium.stop().await.success());
    let expected: BTreeMap<String, f64> = streams.iter().map(|stream| (stream.clone(), 3.0)).collect();
    assert_shown(&prometheus, &expected).await;
    assert_eq!(prometheus.query("count(level)", "").await.into_values().collect::<Vec<_>>(), [20.0]);
}

/// One receiver feeds two pipelines: both have all totals, each under its own labels.
#[tokio::test]
async fn two_pipelines_have_the_same_totals() {
    let prometheus = Prometheus::start(&[]).await;
    let exporter = |name: &str| {
        format!(
            "  prometheusremotewrite/{name}: {{endpoint: '{}', external_labels: {{pipeline: {name}}}, \
             resource_to_telemetry_conversion: {{enabled: true}}}}",
            prometheus.write_url()
        )
    };
    let config = format!(
        "receivers:
  otlp: {{protocols: {{grpc: {{endpoint: 127.0.0.1:0}}, http: {{endpoint: 127.0.0.1:0}}}}}}
processors:
  deltatocumulative:
exporters:
{}
{}
service:{TELEMETRY}
  pipelines:
    metrics/one: {{receivers: [otlp], processors: [deltatocumulative], exporters: [prometheusremotewrite/one]}}
    metrics/two: {{receivers: [otlp], processors: [deltatocumulative], exporters: [prometheusremotewrite/two]}}
",
        exporter("one"),
        exporter("two")
    );
    let alluvium = Alluvium::start(&config).await;
    let truth = alluvium.generate(Protocol::Http, &[&PLAY[..], &["--seed", "7"]].concat()).await;
    assert!(alluvium.stop().await.success());
    for (metric, name) in METRICS {
        for pipeline in ["one", "two"] {
            let sum = format!("sum by (session_id) ({name}{{pipeline=\"{pipeline}\"}})");
            assert_eq!(prometheus.query(&sum, "session_id").await, truth.of(metric), "{name} of {pipeline}");
        }
    }
}
