//! The debug exporter, as a person sees it.

use crate::alluvium::{Alluvium, RECEIVERS, TELEMETRY};
use crate::raw;
use crate::support::otlp::{BEGIN, DELTA, SECOND, point, request_of, sum, text};

/// What is printed of one request: two streams of a client, deltas as they came.
async fn printed(verbosity: &str) -> Vec<String> {
    let config = format!(
        "{RECEIVERS}
exporters:
  debug: {{verbosity: {verbosity}}}
service:{TELEMETRY}
  pipelines:
    metrics: {{receivers: [otlp], exporters: [debug]}}
"
    );
    let alluvium = Alluvium::start(&config).await;
    let mut tokens = sum("tokens", DELTA, vec![point("a", BEGIN, BEGIN + SECOND, 42)]);
    tokens.unit = "tokens".into();
    // What a terminal would obey is shown, not done.
    let lines = sum("lines", DELTA, vec![point("b\u{1b}[31m", 0, BEGIN + SECOND, 7)]);
    let body = request_of(vec![text("service.name", "client")], vec![tokens, lines]);
    assert_eq!(raw::post(&alluvium.http, &[], body).await.status, 200);
    let (status, log) = alluvium.signal("TERM").await;
    assert!(status.success());
    log.into_iter().filter(|line| !line.starts_with('{')).collect()
}

#[tokio::test]
async fn basic_counts() {
    assert_eq!(printed("basic").await, ["metrics: 2 points of 2 streams"]);
}

#[tokio::test]
async fn normal_has_a_line_for_each_point() {
    let expected = [
        "metrics: 2 points of 2 streams",
        r#"resource service.name="client""#,
        "  scope",
        r#"    tokens = 42 tokens {stream="a"}"#,
        r#"    lines = 7 {stream="b\u{1b}[31m"}"#,
    ];
    assert_eq!(printed("normal").await, expected);
}

/// 2026-09-21T14:13:20Z is the test's `BEGIN`, 1,790,000,000 s after 1970.
#[tokio::test]
async fn detailed_has_everything() {
    let expected = [
        "metrics: 2 points of 2 streams",
        r#"resource service.name="client""#,
        "  scope",
        "    tokens",
        "      value       42 tokens",
        "      kind        sum, delta, monotonic",
        r#"      attributes  stream = "a""#,
        "      start       2026-09-21T14:13:20.000000000Z",
        "      time        2026-09-21T14:13:21.000000000Z",
        "    lines",
        "      value       7",
        "      kind        sum, delta, monotonic",
        r#"      attributes  stream = "b\u{1b}[31m""#,
        "      start       unknown",
        "      time        2026-09-21T14:13:21.000000000Z",
    ];
    assert_eq!(printed("detailed").await, expected);
}
