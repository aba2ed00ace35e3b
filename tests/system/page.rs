//! The pages for Prometheus: the totals, and the host's own metrics.

use std::collections::BTreeSet;
use std::path::Path;

use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{Histogram, HistogramDataPoint, Metric, Summary, SummaryDataPoint};

use crate::alluvium::Alluvium;
use crate::answers::scraped;
use crate::prometheus;
use crate::raw;
use crate::support::otlp::{BEGIN, DELTA, SECOND, point, request, request_of, text};

/// A new counter shows zero until it has been scraped, then its total: what came before the first scrape is an increase.
#[tokio::test]
async fn a_new_counter_shows_zero_first() {
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let send = async |time: u64, value| {
        let answer = raw::post(&alluvium.http, &[], request(vec![point("a", time - SECOND, time, value)])).await;
        assert_eq!(answer.status, 200);
    };
    let total = async || {
        let page = raw::scrape(&alluvium.scrape).await.text();
        let line = page.lines().find(|line| line.starts_with("requests_total{")).expect("a series").to_owned();
        line.rsplit(' ').next().expect("a value").parse::<f64>().expect("a number")
    };
    assert!(!raw::scrape(&alluvium.scrape).await.text().contains("requests_total"));
    send(BEGIN, 5).await;
    // Who is no Prometheus takes nothing away from it.
    raw::get(&alluvium.scrape, "/metrics").await;
    assert_eq!(total().await, 0.0);
    assert_eq!(total().await, 5.0);
    send(BEGIN + SECOND, 2).await;
    assert_eq!(total().await, 7.0);
}

/// Prometheus' own checker finds nothing wrong with either page; that totals have no help text is known.
#[tokio::test]
async fn pages_are_well_formed() {
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let points = vec![point("a\"b\\c\nd", BEGIN, BEGIN + SECOND, 1), point("ü", BEGIN, BEGIN + SECOND, 1)];
    assert_eq!(raw::post(&alluvium.http, &[], request(points)).await.status, 200);
    for (address, but) in [(&alluvium.scrape, "requests_total no help text"), (&alluvium.own, "")] {
        let page = raw::get(address, "/metrics").await;
        assert_eq!(page.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        assert!(!page.body.is_empty());
        assert_eq!(prometheus::check_metrics(&page.text()).trim(), but);
    }
}

/// Families stand together under what they are, buckets in the order of their bounds (Prometheus, "Exposition formats").
#[tokio::test]
async fn histograms_and_summaries_are_well_formed() {
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let histogram_point = |route: &str| HistogramDataPoint {
        attributes: vec![text("le", "mine"), text("route", route)],
        time_unix_nano: BEGIN,
        count: 10,
        sum: Some(12.5),
        bucket_counts: vec![1, 2, 3, 4],
        explicit_bounds: vec![5.0, 10.0, 25.0],
        ..HistogramDataPoint::default()
    };
    let histogram =
        Histogram { data_points: vec![histogram_point("/b"), histogram_point("/a")], aggregation_temporality: DELTA };
    let quantile_values =
        vec![ValueAtQuantile { quantile: 0.5, value: 1.5 }, ValueAtQuantile { quantile: 0.99, value: 9.0 }];
    let summary_point =
        SummaryDataPoint { time_unix_nano: BEGIN, count: 4, sum: 8.0, quantile_values, ..SummaryDataPoint::default() };
    let metric = |name: &str, description: &str, data| Metric {
        name: name.into(),
        description: description.into(),
        data: Some(data),
        ..Metric::default()
    };
    let metrics = vec![
        metric("latency", "How long\nit took, in C:\\", Data::Histogram(histogram)),
        metric("size", "", Data::Summary(Summary { data_points: vec![summary_point] })),
    ];
    assert_eq!(raw::post(&alluvium.http, &[], request_of(Vec::new(), metrics)).await.status, 200);
    // The first time what begins here shows zero.
    raw::scrape(&alluvium.scrape).await;
    let page = raw::scrape(&alluvium.scrape).await.text();
    let expected = r#"# HELP latency How long\nit took, in C:\\
# TYPE latency histogram
latency_bucket{exported_le="mine",route="/a",le="5"} 1
latency_bucket{exported_le="mine",route="/a",le="10"} 3
latency_bucket{exported_le="mine",route="/a",le="25"} 6
latency_bucket{exported_le="mine",route="/a",le="+Inf"} 10
latency_sum{exported_le="mine",route="/a"} 12.5
latency_count{exported_le="mine",route="/a"} 10
latency_bucket{exported_le="mine",route="/b",le="5"} 1
latency_bucket{exported_le="mine",route="/b",le="10"} 3
latency_bucket{exported_le="mine",route="/b",le="25"} 6
latency_bucket{exported_le="mine",route="/b",le="+Inf"} 10
latency_sum{exported_le="mine",route="/b"} 12.5
latency_count{exported_le="mine",route="/b"} 10
# TYPE size summary
size{quantile="0.5"} 1.5
size{quantile="0.99"} 9
size_sum 8
size_count 4
"#;
    assert_eq!(page, expected);
    assert_eq!(prometheus::check_metrics(&page).trim(), "size no help text");
}

/// The table of the documentation lists the host's own metrics, with type and meaning: these and no others.
#[tokio::test]
async fn own_metrics_are_documented() {
    let config = scraped("{}")
        .replace(
            "exporters:\n",
            "exporters:\n  debug:\n  prometheusremotewrite: {endpoint: 'http://127.0.0.1:1/write'}\n",
        )
        .replace("exporters: [prometheus]", "exporters: [prometheus, prometheusremotewrite, debug]")
        .replace("processors:\n", "processors:\n  resource_detection:\n  attribute_filter: {rules: [{delete: a}]}\n")
        .replace("processors: [", "processors: [resource_detection, attribute_filter, ")
        .replace("exporters:\n", "exporters:\n  load_balancing: {resolver: {static: {hostnames: ['127.0.0.1:1']}}}\n")
        .replace(
            "  pipelines:\n",
            "  pipelines:\n    metrics/gateway: {receivers: [otlp], exporters: [load_balancing]}\n",
        )
        .replace("service:", "extensions: {sigv4auth: {region: us-east-1}}\nservice:\n  extensions: [sigv4auth]");
    let alluvium = Alluvium::start(&config).await;
    let page = raw::get(&alluvium.own, "/metrics").await.text();
    let word = |line: &str, index| line.split(' ').nth(index).unwrap_or_default().to_owned();
    let types = page.lines().filter(|line| line.starts_with("# TYPE "));
    let served: BTreeSet<(String, String)> = types.map(|line| (word(line, 2), word(line, 3))).collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let table = std::fs::read_to_string(file).expect("the documentation");
    let rows = table.lines().filter(|line| line.starts_with("| `alluvium_") || line.starts_with("| `otelcol_"));
    let cell = |row: &str, index| row.split('|').nth(index).unwrap_or_default().trim().trim_matches('`').to_owned();
    let documented: BTreeSet<(String, String)> = rows.map(|row| (cell(row, 1), cell(row, 2))).collect();
    assert_eq!(served, documented);
    // So does the table of reasons, for all that ships.
    let reasons = page.lines().filter(|line| line.starts_with("alluvium_dropped_points_total{"));
    let reasons: BTreeSet<&str> =
        reasons.filter_map(|line| line.split("reason=\"").nth(1)?.split('"').next()).collect();
    assert!(reasons.contains("filtered") && reasons.contains("invalid_buckets"), "{reasons:?}");
    for reason in reasons {
        assert!(table.contains(&format!("`{reason}`")), "{reason} is not in the documentation");
    }
}
