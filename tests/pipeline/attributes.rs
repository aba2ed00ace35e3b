//! The Collector's processors `attributes`, `resource` and `filter` in a pipeline: blocks as people write them, and
//! what comes out of the exporter.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::harness::{Rig, Setup};
use crate::shaping::{newest, one};
use crate::support::otlp::{BEGIN, DELTA, SECOND, point, request, request_of, sum, text};

/// As in a gateway in front of Amazon Managed Service for Prometheus.
const RESOURCE: &str = "  resource:
    attributes:
      - key: service.name
        value: otel-collector
        action: insert
      - key: deployment.environment
        from_attribute: ENVIRONMENT
        action: upsert";

/// What people do not want to pay for.
const FILTER: &str = r#"  filter:
    error_mode: ignore
    metrics:
      metric:
        - 'IsMatch(name, "^internal\\.")'
        - type == METRIC_DATA_TYPE_GAUGE
      datapoint:
        - attributes["stream"] == "test" and resource.attributes["host.name"] != nil"#;

/// Neighbours, one after another.
const SEVERAL: &str = r#"  filter/first: {metric_conditions: ['metric.name == "dropped.first"']}
  attributes:
    include: {match_type: strict, metric_names: [n]}
    actions: [{key: stream, action: delete}, {key: team, value: 7, action: insert}]
  filter/last: {metric_conditions: ['datapoint.attributes["stream"] == "last"', 'metric.name == "dropped.first"']}"#;

fn setup(processors: &'static str, others: &'static str) -> Setup {
    let exporter = "    resource_constant_labels: {included: ['*']}".into();
    Setup { processors, others, exporter, shards: 4, ..Setup::default() }
}

fn of(name: &str, stream: &str) -> Bytes {
    let metric = sum(name, DELTA, vec![point(stream, BEGIN, BEGIN + SECOND, 1)]);
    request_of(vec![text("host.name", "h1")], vec![metric])
}

async fn dropped(rig: &Rig, name: &str, stream: &str) -> u64 {
    rig.submit(of(name, stream)).await.expect("taken").dropped.total()
}

/// The points dropped by each processor.
fn by_processor(rig: &Rig) -> BTreeMap<String, u64> {
    let filtered = rig.pipeline.view.drops.read().filter(|(_, reason, _)| *reason == "filtered");
    filtered.map(|(processor, _, points)| (processor.to_string(), points)).collect()
}

/// Scenario: the resource has no name and no ENVIRONMENT. Guarantee: it gets the name, and nothing for what is absent.
#[tokio::test]
async fn a_resource_without_a_name() {
    for processors in ["[resource, deltatocumulative, batch]", "[deltatocumulative, batch, resource]"] {
        let rig = setup(processors, RESOURCE).start().await;
        assert_eq!(dropped(&rig, "n", "a").await, 0);
        assert_eq!(
            newest(&rig).await,
            one("n_total host_name=h1 service_name=otel-collector stream=a", 1.0),
            "{processors}"
        );
        let samples = rig.sink.samples();
        assert!(samples.iter().all(|sample| sample.labels.get("job").is_some_and(|job| job == "otel-collector")));
    }
}

/// Scenario: names, types and attributes are filtered. Guarantee: what matches is dropped, counted, and the sender is
/// told.
#[tokio::test]
async fn what_is_filtered() {
    let rig = setup("[filter, deltatocumulative, batch]", FILTER).start().await;
    for (name, stream, expected) in [("internal.x", "a", 1), ("n", "test", 1), ("n", "live", 0)] {
        assert_eq!(dropped(&rig, name, stream).await, expected, "{name} {stream}");
    }
    assert_eq!(newest(&rig).await, one("n_total host_name=h1 stream=live", 1.0));
    assert_eq!(rig.dropped("filtered"), 2);
}

/// Scenario: an action makes forty streams one. Guarantee: their deltas are added in one row.
#[tokio::test]
async fn streams_that_become_one() {
    let others = "  attributes: {actions: [{pattern: ^str, action: delete}]}";
    for (processors, accumulates) in
        [("[attributes, deltatocumulative, batch]", 1), ("[deltatocumulative, attributes, batch]", 0)]
    {
        let rig = Setup { processors, others, shards: 4, ..Setup::default() }.start().await;
        for round in 1..=2 {
            let point = |stream: i64| point(&format!("s{stream}"), BEGIN, BEGIN + round * SECOND, stream);
            rig.submit(request((0..40).map(point).collect())).await.expect("taken");
        }
        assert_eq!(newest(&rig).await, one("requests_total", 2.0 * f64::from((0..40).sum::<i32>())), "{processors}");
        assert_eq!((rig.held(accumulates), rig.streams()), (1, 40), "{processors}");
    }
}

/// Scenario: processors of attributes stand next to each other. Guarantee: one guest runs all, each sees what those
/// before it have left, and each counts what it drops.
#[tokio::test]
async fn neighbours_are_one_guest() {
    let processors = "[filter/first, attributes, attribute_filter, filter/last, deltatocumulative, batch]";
    let filter = "{rules: [{drop: true, metrics: 'dropped.second'}]}";
    let rig = Setup { filter, ..setup(processors, SEVERAL) }.start().await;
    assert_eq!(rig.pipeline.view.processors.len(), 2);
    for (name, stream, expected) in
        [("dropped.first", "a", 1), ("dropped.second", "a", 1), ("m", "last", 1), ("n", "last", 0), ("m", "other", 0)]
    {
        assert_eq!(dropped(&rig, name, stream).await, expected, "{name} {stream}");
    }
    let both = [("m_total host_name=h1 stream=other".to_owned(), 1.0), ("n_total host_name=h1 team=7".to_owned(), 1.0)];
    assert_eq!(newest(&rig).await, BTreeMap::from(both));
    let by = [("attribute_filter", 1), ("attributes", 0), ("filter/first", 1), ("filter/last", 1)];
    assert_eq!(by_processor(&rig), by.map(|(processor, points)| (processor.to_owned(), points)).into());
}

/// Scenario: they stand next to each other, or delta_to_cumulative between each. Guarantee: the same comes out.
#[tokio::test]
async fn folding_changes_nothing() {
    let apart = "[filter/first, deltatocumulative, attributes, batch]";
    let together = "[filter/first, attributes, deltatocumulative, batch]";
    let mut seen = Vec::new();
    for processors in [apart, together] {
        let rig = setup(processors, SEVERAL).start().await;
        for (name, stream) in [("dropped.first", "a"), ("n", "a"), ("n", "b"), ("m", "a")] {
            dropped(&rig, name, stream).await;
        }
        seen.push((newest(&rig).await, rig.dropped("filtered")));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].1, 1);
}

/// Scenario: a condition nests as deep as it may, with every operator at each level. Guarantee: the guest takes it, too.
#[tokio::test]
async fn the_deepest_condition() {
    let deepest = |depth: usize| {
        let open = "not (false or true and ".repeat(depth);
        format!("{open}not metric.name == \"n\"{}", ")".repeat(depth))
    };
    let others = format!("  filter: {{metric_conditions: ['{}']}}", deepest(16)).leak();
    let rig = setup("[filter, deltatocumulative, batch]", others).start().await;
    // Sixteen times not is nothing; one more is left.
    assert_eq!((dropped(&rig, "n", "a").await, dropped(&rig, "m", "a").await), (0, 1));
}

/// Scenario: the longest regex that the host takes. Guarantee: the guest takes it, too, in each place.
#[tokio::test]
async fn the_longest_regex() {
    let regex = "a".repeat(1_022);
    let others = format!(
        "  filter: {{metric_conditions: ['IsMatch(metric.name, \"{regex}\")']}}
  attributes:
    include: {{match_type: regexp, metric_names: [{regex}], resources: [{{key: a, value: {regex}}}]}}
    actions: [{{action: delete, pattern: {regex}}}]"
    );
    let rig = setup("[filter, attributes, deltatocumulative, batch]", others.leak()).start().await;
    assert_eq!(dropped(&rig, "n", "a").await, 0);
}
