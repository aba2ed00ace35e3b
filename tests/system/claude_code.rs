//! The real Claude Code, from npm: `increase()` says what the model's API has handed out.
//!
//! Sessions of one question and sessions that are continued, over each of its protocols, ask a stand-in for the model's API
//! that knows the tokens of each answer. Most streams have one point. The test prints what `increase()` makes of them with
//! and without what makes counters truthful.

mod answer;
mod api;
mod client;
mod counted;
mod package;
mod session;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::alluvium::{Alluvium, PATIENCE, RECEIVERS, TELEMETRY};
use crate::prometheus::Prometheus;
use api::Api;
use counted::{By, COUNTED, Counted};
use session::{KINDS, PROTOCOLS, SINGLE, Session};

/// As far as `increase()` may be from the truth.
const TOLERANCE: f64 = 0.01;

/// Sums of costs may be made in another order.
const ROUNDING: f64 = 1e-12;

/// Values by the labels `protocol`, `kind` and `session_id`.
type Values = BTreeMap<[String; 3], f64>;

#[tokio::test(flavor = "multi_thread")]
async fn increase_is_what_claude_code_used() {
    let Some(program) = package::program().await else { return };
    let (prometheus, api) = tokio::join!(Prometheus::start(&[]), Api::start());
    let alluvium = Alluvium::start(&configuration(&prometheus)).await;
    let play = |protocol| Session::of_all_kinds(&program, &api, &alluvium, protocol);
    let (protobuf, json, grpc) = tokio::join!(play(PROTOCOLS[0]), play(PROTOCOLS[1]), play(PROTOCOLS[2]));
    let sessions = protobuf.into_iter().chain(json).chain(grpc).collect::<Vec<_>>();
    for counted in &COUNTED {
        arrived(&prometheus, counted, "yes", &sessions).await;
        arrived(&prometheus, counted, "no", &sessions).await;
    }
    println!("{:24}{:>12}{:>12}{:>12}", "increase()", "truth", "with zeros", "without");
    let mut wrong = Vec::new();
    for counted in &COUNTED {
        let with = increase(&prometheus, counted, "yes").await;
        let without = increase(&prometheus, counted, "no").await;
        print(counted, &sessions, &with, &without);
        for session in &sessions {
            let key = [session.protocol, session.kind, ""].map(str::to_owned);
            let (expected, with, without) = (session.used(counted), with.get(&key), without.get(&key));
            let is_true = match (with, expected) {
                (Some(with), Some(expected)) => near(*with, expected, TOLERANCE),
                (with, expected) => with.is_none() && expected.is_none(),
            };
            // These streams have one point each: without zeros there is nothing to see.
            let has_one_point = session.kind == SINGLE.name || counted.by == By::Process;
            if !is_true || has_one_point && without.is_some() {
                wrong.push((key, counted.what, expected, with.copied(), without.copied()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(alluvium.stop().await.success());
}

/// All protocols together.
fn print(counted: &Counted, sessions: &[Session], with: &Values, without: &Values) {
    for kind in &KINDS {
        let of_kind = |values: &Values| {
            let own = values.iter().filter(|(labels, _)| labels[1] == kind.name);
            own.fold(0.0, |sum, (_, value)| sum + value)
        };
        let own = sessions.iter().filter(|session| session.kind == kind.name);
        let used = own.filter_map(|session| session.used(counted)).fold(0.0, |sum, used| sum + used);
        let (with, without) = (of_kind(with), of_kind(without));
        println!("{:14}{:10}{used:12.4}{with:12.4}{without:12.4}", counted.what, kind.name);
    }
}

/// Deltas to totals and remote write, once with what makes counters truthful and once without it.
fn configuration(prometheus: &Prometheus) -> String {
    let url = prometheus.write_url();
    let exporter = |zeros: &str, counters: &str| {
        format!(
            "  prometheusremotewrite/{zeros}:
    endpoint: {url}
    external_labels: {{zeros: '{zeros}'}}
    resource_to_telemetry_conversion: {{enabled: true}}
    truthful_counters: {counters}"
        )
    };
    format!(
        "{RECEIVERS}
processors:
  deltatocumulative: {{max_stale: 30m}}
  batch: {{timeout: 200ms}}
exporters:
{}
{}
service:{TELEMETRY}
  pipelines:
    metrics:
      receivers: [otlp]
      processors: [deltatocumulative, batch]
      exporters: [prometheusremotewrite/yes, prometheusremotewrite/no]
",
        exporter("yes", "{single_writer: true}"),
        exporter("no", "{zeros: 0, repeats: false, stale_markers: false}"),
    )
}

/// What `increase()` says of a counter.
async fn increase(prometheus: &Prometheus, counted: &Counted, zeros: &str) -> Values {
    let Counted { name, labels, .. } = counted;
    values(prometheus, &format!("sum by (protocol, kind) (increase({name}{{zeros=\"{zeros}\",{labels}}}[1h]))")).await
}

/// Waits until the newest totals are what the sessions used. First totals may be a tenth of a second ahead of the clock.
async fn arrived(prometheus: &Prometheus, counted: &Counted, zeros: &str, sessions: &[Session]) {
    let begun = Instant::now();
    let Counted { name, labels, by, .. } = counted;
    let by = if *by == By::Session { "protocol, kind, session_id" } else { "protocol, kind" };
    let query = format!("sum by ({by}) (last_over_time({name}{{zeros=\"{zeros}\",{labels}}}[1h]))");
    let used = sessions.iter().filter_map(|session| Some((session.labels(counted), session.used(counted)?)));
    let expected: Values = used.collect();
    assert!(!expected.is_empty(), "{} has counted", counted.what);
    loop {
        let found = values(prometheus, &query).await;
        let same = found.keys().eq(expected.keys())
            && found.values().zip(expected.values()).all(|(found, expected)| near(*found, *expected, ROUNDING));
        if same {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{query}: {found:?}, and expected was {expected:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn values(prometheus: &Prometheus, query: &str) -> Values {
    let series = prometheus.series(query).await.into_iter();
    let key = |mut labels: BTreeMap<String, String>| {
        ["protocol", "kind", "session_id"].map(|name| labels.remove(name).unwrap_or_default())
    };
    series.map(|(labels, value)| (key(labels), value)).collect()
}

fn near(found: f64, expected: f64, tolerance: f64) -> bool {
    (found - expected).abs() <= tolerance * expected.abs()
}
