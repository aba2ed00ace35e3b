//! Every kind of metric from the real SDKs: what PromQL says is what the SDK says.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::alluvium::{Alluvium, PATIENCE, RECEIVERS, TELEMETRY};
use crate::prometheus::Prometheus;
use crate::sdk::{self, Way};

/// What Prometheus calls each metric (prometheus/common and the Collector's translation, by name, unit and kind).
const NAMES: [(&str, &str); 9] = [
    ("requests", "requests_total"),
    ("cost", "cost_USD_total"),
    ("connections", "connections"),
    ("queue.length", "queue_length"),
    ("duration", "duration_seconds"),
    ("latency", "latency_milliseconds"),
    ("temperature", "temperature_celsius"),
    ("cpu.time", "cpu_time_seconds_total"),
    ("balance", "balance_USD"),
];

/// Series by name and labels, without those that say who sent them.
type Totals = BTreeMap<String, f64>;

fn series(name: &str, labels: impl IntoIterator<Item = (String, String)>) -> String {
    let labels: BTreeMap<String, String> = labels.into_iter().collect();
    format!("{name}{labels:?}")
}

/// What the SDK's own data come to as series. How many values of an exponential histogram are not above `2^k` follows from
/// the SDK's buckets, as bucket `i` ends at `2^((i + 1) / 2^scale)`.
fn expected(truth: &[Value]) -> Totals {
    let mut totals = Totals::new();
    for entry in truth {
        let name = entry["name"].as_str().expect("a name");
        let (language, base) = name.split_once('.').expect("a prefix");
        let (_, name) = NAMES.iter().find(|(known, _)| *known == base).unwrap_or_else(|| panic!("{name}"));
        let name = format!("{language}_{name}");
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let attributes: Vec<(String, String)> = entry["attributes"]
            .as_object()
            .expect("attributes")
            .iter()
            .map(|(key, value)| (key.replace('.', "_"), text(value)))
            .collect();
        let of = |suffix: &str, le: Option<String>| {
            let le = le.map(|le| ("le".to_owned(), le));
            series(&format!("{name}{suffix}"), attributes.iter().cloned().chain(le))
        };
        let number = |key: &str| entry[key].as_f64().unwrap_or_else(|| panic!("{key} of {entry}"));
        let kind = entry["kind"].as_str().expect("a kind");
        if !matches!(kind, "histogram" | "exponential") {
            totals.insert(of("", None), number("value"));
            continue;
        }
        totals.insert(of("_count", None), number("count"));
        totals.insert(of("_sum", None), number("sum"));
        totals.insert(of("_bucket", Some("+Inf".into())), number("count"));
        if kind == "histogram" {
            let counts = entry["bucket_counts"].as_array().expect("buckets");
            let bounds = entry["bounds"].as_array().expect("bounds");
            let mut seen = 0.0;
            for (bound, count) in bounds.iter().zip(counts) {
                seen += count.as_f64().expect("a count");
                totals.insert(of("_bucket", Some(bound.as_f64().expect("a bound").to_string())), seen);
            }
            continue;
        }
        let negative = side(entry, "negative").fold(0.0, |sum, (_, count)| sum + count);
        totals.insert(of("_bucket", Some("0".into())), negative + number("zero_count"));
        // A mark for each octave from the first to the last that something is in.
        for (name, sign) in [("negative", -1.0), ("positive", 1.0)] {
            let scale = entry["scale"].as_i64().filter(|scale| *scale >= 0).expect("octaves are bounds of buckets");
            let octaves: Vec<i64> =
                side(entry, name).filter(|(_, count)| *count > 0.0).map(|(index, _)| index >> scale).collect();
            let (Some(&first), Some(&last)) = (octaves.first(), octaves.last()) else { continue };
            for octave in first..=last {
                let exponent = if sign > 0.0 { octave + 1 } else { octave };
                let mark = sign * f64::exp2(exponent as f64);
                totals.insert(of("_bucket", Some(mark.to_string())), up_to(entry, sign, exponent));
            }
        }
    }
    totals
}

/// Indexes and counts of the buckets of one sign.
fn side<'a>(entry: &'a Value, sign: &str) -> impl Iterator<Item = (i64, f64)> + use<'a> {
    let offset = entry[sign]["offset"].as_i64().expect("an offset");
    let counts = entry[sign]["counts"].as_array().expect("counts");
    (offset..).zip(counts.iter().map(|count| count.as_f64().expect("a count")))
}

/// How many values are not above `sign * 2^exponent`.
fn up_to(entry: &Value, sign: f64, exponent: i64) -> f64 {
    let scale = entry["scale"].as_i64().expect("a scale");
    let first_above = exponent << scale;
    let negative = side(entry, "negative");
    if sign < 0.0 {
        return negative.filter(|(index, _)| *index >= first_above).fold(0.0, |sum, (_, count)| sum + count);
    }
    let below = negative.fold(0.0, |sum, (_, count)| sum + count) + entry["zero_count"].as_f64().expect("a count");
    side(entry, "positive").filter(|(index, _)| *index < first_above).fold(below, |sum, (_, count)| sum + count)
}

/// What Prometheus has of one instance now.
async fn totals(prometheus: &Prometheus, instance: &str) -> Totals {
    let all = prometheus.series(&format!("{{instance=\"{instance}\", __name__!=\"target_info\"}}")).await;
    let own = all.into_iter().map(|(mut labels, value)| {
        let name = labels.remove("__name__").unwrap_or_default();
        for sender in ["job", "instance", "otel_scope_name", "otel_scope_version"] {
            labels.remove(sender);
        }
        (series(&name, labels), value)
    });
    own.collect()
}

/// The binary between the clients, a Prometheus that it writes to, and one that scrapes it.
struct Rig {
    alluvium: Alluvium,
    written: Prometheus,
    scraping: Prometheus,
}

impl Rig {
    async fn start() -> Self {
        let written = Prometheus::start(&[]).await;
        let config = format!(
            "{RECEIVERS}
processors:
  deltatocumulative: {{max_stale: 30m}}
exporters:
  prometheusremotewrite: {{endpoint: '{}'}}
  prometheus: {{endpoint: '127.0.0.1:0'}}
service:{TELEMETRY}
  pipelines:
    metrics: {{receivers: [otlp], processors: [deltatocumulative], exporters: [prometheusremotewrite, prometheus]}}
",
            written.write_url()
        );
        let alluvium = Alluvium::start(&config).await;
        let scraping = Prometheus::start(&[&alluvium.scrape]).await;
        Self { alluvium, written, scraping }
    }

    fn endpoint(&self, way: Way) -> String {
        let address = if way.protocol == "grpc" { &self.alluvium.grpc } else { &self.alluvium.http };
        format!("http://{address}")
    }

    /// Both have, of each instance, what its SDK says.
    async fn assert_true(self, sent: &[(Way, Vec<Value>)]) {
        let Self { alluvium, written, scraping } = self;
        for (way, truth) in sent {
            let arrived = async {
                loop {
                    let found = totals(&scraping, way.instance).await;
                    if found == expected(truth) {
                        return;
                    }
                    // Prometheus does not tell when it has scraped.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            };
            if tokio::time::timeout(PATIENCE, arrived).await.is_err() {
                let found = totals(&scraping, way.instance).await;
                assert_eq!(found, expected(truth), "scraped, {way:?}");
            }
        }
        assert!(alluvium.stop().await.success());
        for (way, truth) in sent {
            let found = totals(&written, way.instance).await;
            assert_eq!(found, expected(truth), "written, {way:?}");
        }
        let exemplars = written.exemplars("{__name__=~\"(py|go)_(requests_total|duration_seconds_bucket)\"}").await;
        for name in ["requests_total", "duration_seconds_bucket"] {
            let of_users = exemplars.iter().filter(|(series, _)| {
                series["__name__"].as_str().is_some_and(|own| own.ends_with(name)) && series["http_route"] == "/users"
            });
            let traces: Vec<&Value> = of_users.flat_map(|(_, own)| own).map(|own| &own["labels"]["trace_id"]).collect();
            assert!(!traces.is_empty(), "no exemplar of {name}");
            assert!(traces.iter().all(|trace| **trace == "0af7651916cd43dd8448eb211c80319c"), "{traces:?}");
        }
    }
}

/// Both protocols, both temporalities, compressed and not.
const WAYS: [Way; 4] = [
    Way { protocol: "http/protobuf", gzip: false, temporality: "delta", instance: "p1" },
    Way { protocol: "grpc", gzip: true, temporality: "delta", instance: "p2" },
    Way { protocol: "http/protobuf", gzip: true, temporality: "cumulative", instance: "p3" },
    Way { protocol: "grpc", gzip: false, temporality: "cumulative", instance: "p4" },
];

#[tokio::test]
async fn the_python_sdk() {
    let rig = Rig::start().await;
    let mut sent = Vec::new();
    for way in WAYS {
        sent.push((way, sdk::python(way, &rig.endpoint(way)).await));
    }
    rig.assert_true(&sent).await;
}

/// With gzip over HTTP this SDK sends chunks.
#[tokio::test]
async fn the_go_sdk() {
    let rig = Rig::start().await;
    let mut sent = Vec::new();
    for way in WAYS {
        match sdk::go(way, &rig.endpoint(way)).await {
            Some(truth) => sent.push((way, truth)),
            None => return,
        }
    }
    rig.assert_true(&sent).await;
}
