//! Histograms and summaries: from deltas to the series that Prometheus has had for them from the beginning.

use std::collections::BTreeMap;

use bytes::Bytes;
use opentelemetry_proto::tonic::metrics::v1::exemplar::Value as Measured;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Histogram, HistogramDataPoint, Metric, Summary,
    SummaryDataPoint,
};

use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, CUMULATIVE, DELTA, SECOND, point, request_of, sum, text};
use crate::support::sink::Sample;

const NO_RECORDED_VALUE: u32 = 1;

/// The bits of a staleness marker, by the remote-write specification.
const STALE: u64 = 0x7ff0_0000_0000_0002;

fn explicit(second: u64, bounds: &[f64], counts: &[u64]) -> HistogramDataPoint {
    HistogramDataPoint {
        attributes: vec![text("stream", "a"), text("route", "/")],
        start_time_unix_nano: BEGIN,
        time_unix_nano: BEGIN + second * SECOND,
        count: counts.iter().sum(),
        sum: Some(counts.iter().sum::<u64>() as f64 / 4.0),
        bucket_counts: counts.to_vec(),
        explicit_bounds: bounds.to_vec(),
        ..HistogramDataPoint::default()
    }
}

fn histogram(temporality: i32, points: Vec<HistogramDataPoint>) -> Bytes {
    let data = Histogram { data_points: points, aggregation_temporality: temporality };
    request_of(Vec::new(), vec![Metric { name: "d".into(), data: Some(Data::Histogram(data)), ..Metric::default() }])
}

fn exponential(second: u64, scale: i32, zero_count: u64, offset: i32, counts: &[u64]) -> Bytes {
    let point = ExponentialHistogramDataPoint {
        start_time_unix_nano: BEGIN,
        time_unix_nano: BEGIN + second * SECOND,
        count: counts.iter().sum::<u64>() + zero_count,
        scale,
        zero_count,
        positive: Some(Buckets { offset, bucket_counts: counts.to_vec() }),
        ..ExponentialHistogramDataPoint::default()
    };
    let data = ExponentialHistogram { data_points: vec![point], aggregation_temporality: DELTA };
    let data = Some(Data::ExponentialHistogram(data));
    request_of(Vec::new(), vec![Metric { name: "e".into(), data, ..Metric::default() }])
}

/// The newest sample of each series, by name and mark.
async fn newest(rig: &Rig) -> BTreeMap<(String, String), Sample> {
    rig.settle().await;
    let name = |sample: &Sample| {
        let mark = format!("{}{}", sample.label("le"), sample.label("quantile"));
        (sample.label("__name__").to_owned(), mark)
    };
    rig.sink.samples().into_iter().map(|sample| (name(&sample), sample)).collect()
}

async fn values(rig: &Rig) -> Vec<(String, String, f64)> {
    newest(rig).await.into_iter().map(|((name, mark), sample)| (name, mark, sample.value)).collect()
}

fn expected(values: &[(&str, &str, f64)]) -> Vec<(String, String, f64)> {
    let mut values: Vec<_> =
        values.iter().map(|(name, mark, value)| ((*name).to_owned(), (*mark).to_owned(), *value)).collect();
    values.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    values
}

/// Buckets hold what is not above their bound, and the last holds all.
#[tokio::test]
async fn deltas_become_totals() {
    let rig = Setup::default().start().await;
    let bounds = [0.5, 1.0, 1e21];
    for (second, counts) in [(1, [1, 2, 3, 4]), (2, [1, 0, 0, 1])] {
        rig.submit(histogram(DELTA, vec![explicit(second, &bounds, &counts)])).await.expect("taken");
    }
    let is = expected(&[
        ("d_bucket", "0.5", 2.0),
        ("d_bucket", "1", 4.0),
        ("d_bucket", "1000000000000000000000", 7.0),
        ("d_bucket", "+Inf", 12.0),
        ("d_sum", "", 3.0),
        ("d_count", "", 12.0),
    ]);
    assert_eq!(values(&rig).await, is);
    let newest = newest(&rig).await;
    let sample = &newest[&("d_bucket".to_owned(), "1".to_owned())];
    assert_eq!((sample.label("route"), sample.time), ("/", ((BEGIN + 2 * SECOND) / 1_000_000) as i64));
}

/// Cumulative histograms and summaries go by.
#[tokio::test]
async fn others_pass_by() {
    let rig = Setup { processors: "[batch]", ..Setup::default() }.start().await;
    rig.submit(histogram(CUMULATIVE, vec![explicit(1, &[2.0], &[5, 6])])).await.expect("taken");
    let quantile = |quantile, value| ValueAtQuantile { quantile, value };
    let point = SummaryDataPoint {
        time_unix_nano: BEGIN + SECOND,
        count: 10,
        sum: 12.5,
        quantile_values: vec![quantile(0.5, 1.0), quantile(0.99, 3.5)],
        ..SummaryDataPoint::default()
    };
    let data = Some(Data::Summary(Summary { data_points: vec![point] }));
    let summary = Metric { name: "s".into(), data, ..Metric::default() };
    rig.submit(request_of(Vec::new(), vec![summary])).await.expect("taken");
    let is = expected(&[
        ("d_bucket", "2", 5.0),
        ("d_bucket", "+Inf", 11.0),
        ("d_sum", "", 2.75),
        ("d_count", "", 11.0),
        ("s", "0.5", 1.0),
        ("s", "0.99", 3.5),
        ("s_sum", "", 12.5),
        ("s_count", "", 10.0),
    ]);
    assert_eq!(values(&rig).await, is);
}

/// Without a processor that accumulates a delta histogram cannot be written.
#[tokio::test]
async fn deltas_need_a_processor() {
    let rig = Setup { processors: "[batch]", ..Setup::default() }.start().await;
    let accepted = rig.submit(histogram(DELTA, vec![explicit(1, &[2.0], &[5, 6])])).await.expect("taken");
    assert_eq!(accepted.dropped.total(), 1);
    assert_eq!(rig.dropped("delta_at_exporter"), 1);
}

/// At scale 1 two buckets make an octave: `(1, 1.41] (1.41, 2] (2, 2.83] (2.83, 4]` and so on. The next point is coarser,
/// at scale -1, where `(1, 4] (4, 16]` are buckets: marks that are finer than that go.
#[tokio::test]
async fn exponential_histograms_have_marks_at_powers_of_two() {
    let rig = Setup::default().start().await;
    rig.submit(exponential(1, 1, 5, 0, &[1, 2, 3, 4])).await.expect("taken");
    let is = expected(&[
        ("e_bucket", "0", 5.0),
        ("e_bucket", "2", 8.0),
        ("e_bucket", "4", 15.0),
        ("e_bucket", "+Inf", 15.0),
        ("e_count", "", 15.0),
    ]);
    assert_eq!(values(&rig).await, is);
    rig.submit(exponential(2, -1, 0, 0, &[1, 1])).await.expect("taken");
    let newest = newest(&rig).await;
    let value = |mark: &str| newest[&("e_bucket".to_owned(), mark.to_owned())].value;
    assert_eq!(value("2").to_bits(), STALE);
    assert_eq!([value("0"), value("4"), value("16"), value("+Inf")], [5.0, 16.0, 17.0, 17.0]);
}

/// Where bounds change, series of bounds that have gone end; those that stay go on.
#[tokio::test]
async fn other_bounds_end_series() {
    let rig = Setup::default().start().await;
    rig.submit(histogram(DELTA, vec![explicit(1, &[1.0, 2.0, 4.0], &[1, 1, 1, 1])])).await.expect("taken");
    rig.submit(histogram(DELTA, vec![explicit(2, &[2.0, 3.0, 4.0], &[1, 1, 1, 1])])).await.expect("taken");
    let newest = newest(&rig).await;
    let value = |mark: &str| newest[&("d_bucket".to_owned(), mark.to_owned())].value;
    assert_eq!(value("1").to_bits(), STALE);
    assert_eq!([value("2"), value("4"), value("+Inf")], [3.0, 6.0, 8.0]);
    assert!(!newest.contains_key(&("d_bucket".to_owned(), "3".to_owned())));
    let folded = rig.guest(0).health.events.read().next();
    assert_eq!(folded, Some(1));
}

/// A point without a recorded value ends every series.
#[tokio::test]
async fn no_recorded_value_ends_all() {
    let rig = Setup::default().start().await;
    rig.submit(histogram(DELTA, vec![explicit(1, &[1.0], &[1, 1])])).await.expect("taken");
    let end = HistogramDataPoint { flags: NO_RECORDED_VALUE, ..explicit(2, &[], &[]) };
    rig.submit(histogram(DELTA, vec![end])).await.expect("taken");
    let newest = newest(&rig).await;
    assert_eq!(newest.len(), 4);
    assert!(newest.values().all(|sample| sample.value.to_bits() == STALE), "{newest:?}");
}

/// A histogram that comes again changes nothing, in whatever order its attributes stand; one whose buckets differ is
/// another one.
#[tokio::test]
async fn resends_are_recognised_by_all_fields() {
    let rig = Setup::default().start().await;
    let sent = explicit(1, &[1.0, 2.0], &[1, 2, 0]);
    let mut again = sent.clone();
    again.attributes.reverse();
    let other = HistogramDataPoint { bucket_counts: vec![1, 1, 1], ..sent.clone() };
    for point in [sent, again, other] {
        rig.submit(histogram(DELTA, vec![point])).await.expect("taken");
    }
    let newest = newest(&rig).await;
    assert_eq!(newest[&("d_bucket".to_owned(), "2".to_owned())].value, 5.0);
    assert_eq!(newest[&("d_count".to_owned(), String::new())].value, 6.0);
    assert_eq!(rig.resent(), 1);
}

/// A mark that a family gets later begins with what it would have held, so that what it gains is seen as gained.
#[tokio::test]
async fn a_later_mark_begins_where_the_family_was() {
    let rig = Setup::default().start().await;
    rig.submit(exponential(1, 0, 0, 0, &[5])).await.expect("taken");
    rig.submit(exponential(2, 0, 0, 2, &[1])).await.expect("taken");
    rig.settle().await;
    let of = |le: &str| -> Vec<(i64, f64)> {
        let samples = rig.sink.samples();
        let own = samples.iter().filter(|sample| sample.label("le") == le);
        own.map(|sample| (sample.time - (BEGIN / 1_000_000) as i64, sample.value)).collect()
    };
    assert_eq!(of("2"), [(1_000, 5.0), (2_000, 5.0)]);
    assert_eq!(of("8"), [(1_000, 5.0), (2_000, 6.0)]);
    assert_eq!(of("+Inf"), [(1_000, 5.0), (2_000, 6.0)]);
}

/// Two senders whose labels are the same are one family, even where their bounds differ: each counts at each mark with what
/// it has at its nearest mark below. What is cumulative begins anew as a whole.
#[tokio::test]
async fn senders_of_the_same_labels_are_added() {
    let of = |host: &str, temporality, second, bounds: &[f64], counts: &[u64]| {
        let point = HistogramDataPoint { sum: None, ..explicit(second, bounds, counts) };
        let data = Histogram { data_points: vec![point], aggregation_temporality: temporality };
        let metric = Metric { name: "d".into(), data: Some(Data::Histogram(data)), ..Metric::default() };
        // No label is made of it.
        request_of(vec![text("host.name", host)], vec![metric])
    };
    let rig = Setup::default().start().await;
    for (host, second, bounds, counts) in [
        ("a", 1, &[1.0, 2.0][..], &[1, 2, 3][..]),
        ("b", 2, &[2.0, 4.0], &[10, 20, 30]),
        ("a", 3, &[1.0, 2.0], &[1, 0, 0]),
    ] {
        rig.submit(of(host, DELTA, second, bounds, counts)).await.expect("taken");
    }
    let is = expected(&[
        ("d_bucket", "1", 2.0),
        ("d_bucket", "2", 14.0),
        ("d_bucket", "4", 34.0),
        ("d_bucket", "+Inf", 67.0),
        ("d_count", "", 67.0),
    ]);
    assert_eq!(values(&rig).await, is);

    let rig = Setup { processors: "[batch]", ..Setup::default() }.start().await;
    for (host, second, counts) in
        [("a", 1, [5, 5]), ("b", 2, [10, 0]), ("a", 3, [3, 4]), ("b", 3, [11, 1]), ("b", 2, [9, 9])]
    {
        rig.submit(of(host, CUMULATIVE, second, &[1.0], &counts)).await.expect("taken");
    }
    // The first sender has begun anew: its old run stays. The last point is older than what its sender has said.
    let is = expected(&[("d_bucket", "1", 19.0), ("d_bucket", "+Inf", 29.0), ("d_count", "", 29.0)]);
    assert_eq!(values(&rig).await, is);
}

/// Bounds without counts cost as much as those that have some.
#[tokio::test]
async fn descriptions_of_many_series_are_bounded() {
    let rig = Setup { processors: "[batch]", ..Setup::default() }.start().await;
    let bounds: Vec<f64> = (0..1_000).map(f64::from).collect();
    let point = HistogramDataPoint { bucket_counts: Vec::new(), ..explicit(1, &bounds, &[]) };
    let data = Histogram { data_points: vec![point], aggregation_temporality: CUMULATIVE };
    let metric = Metric { name: "d".into(), data: Some(Data::Histogram(data)), ..Metric::default() };
    let accepted = rig.submit(request_of(vec![text("long", &"x".repeat(60_000))], vec![metric])).await.expect("taken");
    assert_eq!((accepted.dropped.total(), rig.dropped("too_many_buckets")), (1, 1));
}

/// More buckets than a back-end would want to see.
#[tokio::test]
async fn too_many_buckets_are_dropped() {
    let rig = Setup { processors: "[batch]", ..Setup::default() }.start().await;
    let bounds: Vec<f64> = (0..1_100).map(f64::from).collect();
    let points = vec![explicit(1, &bounds, &[1; 1_101]), explicit(2, &[1.0], &[1, 1])];
    let accepted = rig.submit(histogram(CUMULATIVE, points)).await.expect("taken");
    assert_eq!(accepted.dropped.total(), 1);
    assert_eq!(rig.dropped("too_many_buckets"), 1);
    assert_eq!(values(&rig).await.len(), 4);
}

/// Kinds share a batch; each point ends up in its own series.
#[tokio::test]
async fn kinds_share_a_batch() {
    let rig = Setup::default().start().await;
    let data = Histogram { data_points: vec![explicit(1, &[1.0], &[1, 2])], aggregation_temporality: DELTA };
    let metrics = |second: u64| {
        vec![
            sum("n", DELTA, vec![point("a", BEGIN, BEGIN + second * SECOND, 7)]),
            Metric { name: "d".into(), data: Some(Data::Histogram(data.clone())), ..Metric::default() },
            sum("m", CUMULATIVE, vec![point("b", BEGIN, BEGIN + second * SECOND, 9)]),
            sum("n", DELTA, vec![point("a", BEGIN, BEGIN + second * SECOND + 1_000_000, 1)]),
        ]
    };
    rig.submit(request_of(Vec::new(), metrics(1))).await.expect("taken");
    let is = expected(&[
        ("n_total", "", 8.0),
        ("m_total", "", 9.0),
        ("d_bucket", "1", 1.0),
        ("d_bucket", "+Inf", 3.0),
        ("d_sum", "", 0.75),
        ("d_count", "", 3.0),
    ]);
    assert_eq!(values(&rig).await, is);
}

/// An exemplar goes with the point that it came with, to the bucket that its value is in; a sum's goes with the sum.
#[tokio::test]
async fn exemplars_follow_their_point() {
    let rig = Setup::default().start().await;
    let exemplar = |value| Exemplar {
        time_unix_nano: BEGIN + SECOND,
        trace_id: vec![0x0a; 16],
        span_id: vec![0xb0; 8],
        filtered_attributes: vec![text("user", "u")],
        value: Some(value),
    };
    let histogram_point = HistogramDataPoint {
        exemplars: vec![exemplar(Measured::AsDouble(1.5))],
        ..explicit(1, &[1.0, 2.0], &[1, 2, 0])
    };
    let mut sum_point = point("a", BEGIN, BEGIN + SECOND, 7);
    sum_point.exemplars = vec![exemplar(Measured::AsInt(7))];
    let data = Histogram { data_points: vec![histogram_point], aggregation_temporality: DELTA };
    let histogram = Metric { name: "d".into(), data: Some(Data::Histogram(data)), ..Metric::default() };
    rig.submit(request_of(Vec::new(), vec![sum("n", DELTA, vec![sum_point]), histogram])).await.expect("taken");
    let newest = newest(&rig).await;
    let labels: BTreeMap<String, String> =
        [("trace_id", "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"), ("span_id", "b0b0b0b0b0b0b0b0"), ("user", "u")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
    let time = ((BEGIN + SECOND) / 1_000_000) as i64;
    let with: Vec<_> = newest.iter().filter(|(_, sample)| !sample.exemplars.is_empty()).collect();
    let key = |name: &str, mark: &str| (name.to_owned(), mark.to_owned());
    assert_eq!(with.len(), 2, "{with:?}");
    assert_eq!(newest[&key("d_bucket", "2")].exemplars, [(labels.clone(), 1.5, time)]);
    assert_eq!(newest[&key("n_total", "")].exemplars, [(labels, 7.0, time)]);
    // The next point has none.
    rig.submit(request_of(Vec::new(), vec![sum("n", DELTA, vec![point("a", BEGIN, BEGIN + 2 * SECOND, 1)])]))
        .await
        .expect("taken");
    assert!(super::histograms::newest(&rig).await[&key("n_total", "")].exemplars.is_empty());
}
