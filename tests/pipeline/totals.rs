//! The main job: deltas in, totals out.

use std::time::Duration;

use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint};

use crate::harness::Setup;
use crate::support::otlp::{BEGIN, CUMULATIVE, DELTA, SECOND, gauge, point, request, request_of, sum, text};

/// Name, labels, times and values of what a back-end gets.
#[tokio::test]
async fn deltas_become_totals() {
    let rig = Setup::default().start().await;
    for minute in 0..3 {
        let time = BEGIN - (3 - minute) * 60 * SECOND;
        let accepted = rig.submit(request(vec![point("a", time - 60 * SECOND, time, 5)])).await.expect("taken");
        assert_eq!((accepted.points, accepted.dropped.total()), (1, 0));
        rig.settle().await;
    }
    let samples = rig.sink.samples();
    let labels: Vec<(&str, &str)> = samples[0].labels.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(labels, [("__name__", "requests_total"), ("job", "test"), ("stream", "a")]);
    let written: Vec<(i64, f64)> = samples.iter().map(|sample| (sample.time, sample.value)).collect();
    let minute = |minute: i64| (BEGIN / 1_000_000) as i64 - minute * 60_000;
    assert_eq!(written, [(minute(3), 5.0), (minute(2), 10.0), (minute(1), 15.0)]);
    let headers = &rig.sink.headers()[0];
    assert_eq!(headers["content-type"], "application/x-protobuf");
    assert_eq!(headers["content-encoding"], "snappy");
    assert_eq!(headers["x-prometheus-remote-write-version"], "0.1.0");
    assert!(headers["user-agent"].to_str().is_ok_and(|agent| agent.starts_with("alluvium/")));
}

/// Gauges and cumulative sums go by, in one batch with deltas.
#[tokio::test]
async fn others_pass_by() {
    let rig = Setup::default().start().await;
    let mut metrics = vec![
        gauge("temperature", vec![point("g", 0, BEGIN, 21)]),
        sum("cumulative", CUMULATIVE, vec![point("c", 1, BEGIN, 100)]),
        sum("delta", DELTA, vec![point("d", 1, BEGIN, 7)]),
    ];
    rig.submit(request_of(Vec::new(), metrics.clone())).await.expect("taken");
    rig.settle().await;
    for metric in &mut metrics {
        use opentelemetry_proto::tonic::metrics::v1::metric::Data;
        match &mut metric.data {
            Some(Data::Sum(sum)) => sum.data_points[0].time_unix_nano += SECOND,
            Some(Data::Gauge(gauge)) => gauge.data_points[0].time_unix_nano += SECOND,
            other => panic!("{other:?}"),
        }
    }
    rig.submit(request_of(Vec::new(), metrics)).await.expect("taken");
    rig.flush().await;
    rig.sink.wait_for_samples(6).await;
    let mut written: Vec<(String, f64)> =
        rig.sink.samples().iter().map(|sample| (sample.label("__name__").to_owned(), sample.value)).collect();
    written.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    let expected = [
        ("cumulative_total", 100.0),
        ("cumulative_total", 100.0),
        ("delta_total", 7.0),
        ("delta_total", 14.0),
        ("temperature", 21.0),
        ("temperature", 21.0),
    ];
    assert_eq!(written, expected.map(|(name, value)| (name.to_owned(), value)));
}

/// Without a processor that accumulates, a delta cannot be written; the sender is told, and so is who watches.
#[tokio::test]
async fn deltas_without_accumulator_are_dropped() {
    let rig = Setup { processors: "[batch]", ..Setup::default() }.start().await;
    let accepted = rig.submit(request(vec![point("a", 1, BEGIN, 5), point("b", 1, BEGIN, 5)])).await.expect("taken");
    assert_eq!(accepted.dropped.total(), 2);
    assert_eq!(accepted.message, "dropped: 2 by host (delta_at_exporter)");
    assert_eq!(rig.dropped("delta_at_exporter"), 2);
}

/// Points that a guest drops are told to their sender, and to nobody else's.
#[tokio::test]
async fn drops_are_told() {
    let rig = Setup { processor: "{ordering: strict}".into(), ..Setup::default() }.start().await;
    rig.submit(request(vec![point("a", BEGIN - SECOND, BEGIN, 1)])).await.expect("taken");
    let late = rig.submit(request(vec![point("a", BEGIN - SECOND, BEGIN - 1, 1), point("b", 1, BEGIN, 1)])).await;
    let late = late.expect("taken");
    assert_eq!((late.points, late.dropped.total()), (2, 1));
    assert_eq!(late.message, "dropped: 1 by deltatocumulative (out_of_order)");
    let fine = rig.submit(request(vec![point("b", 1, BEGIN + 1, 1)])).await.expect("taken");
    assert_eq!(fine.message, "");
    assert_eq!(rig.dropped("out_of_order"), 1);
}

/// A stream that says that it has no value ends with a staleness marker and begins again.
#[tokio::test]
async fn no_recorded_value_is_a_staleness_marker() {
    let rig = Setup::default().start().await;
    let flagged = NumberDataPoint { value: None, flags: 1, ..point("a", 1, BEGIN - SECOND, 0) };
    for one in [point("a", 1, BEGIN - 2 * SECOND, 5), flagged, point("a", 1, BEGIN, 3)] {
        rig.submit(request(vec![one])).await.expect("taken");
    }
    rig.flush().await;
    rig.sink.wait_for_samples(3).await;
    let bits: Vec<u64> = rig.sink.samples().iter().map(|sample| sample.value.to_bits()).collect();
    assert_eq!(bits, [5_f64.to_bits(), 0x7ff0_0000_0000_0002, 3_f64.to_bits()]);
}

/// A clock that is hours ahead does not take the back-end's present with it: the sample gets the time of its arrival.
#[tokio::test]
async fn far_future_is_the_present() {
    let rig = Setup::default().start().await;
    let hour = 3600 * SECOND;
    rig.submit(request(vec![point("a", BEGIN, BEGIN + hour, 5)])).await.expect("taken");
    rig.settle().await;
    rig.pass(Duration::from_secs(59)).await;
    rig.submit(request(vec![point("a", BEGIN + hour, BEGIN + hour + 60 * SECOND, 5)])).await.expect("taken");
    // A few minutes are a clock that goes a little wrong; they stay.
    rig.submit(request(vec![point("b", BEGIN, BEGIN + 120 * SECOND, 1)])).await.expect("taken");
    rig.flush().await;
    rig.sink.wait_for_samples(3).await;
    let written: Vec<(i64, f64)> = rig.sink.samples().iter().map(|sample| (sample.time, sample.value)).collect();
    let begin = (BEGIN / 1_000_000) as i64;
    assert_eq!(written, [(begin, 5.0), (begin + 60_000, 10.0), (begin + 120_000, 1.0)]);
}

/// A request of more points than a batch holds, and many requests in one batch.
#[tokio::test]
async fn batches_do_not_show() {
    let rig = Setup::default().start().await;
    let large: Vec<NumberDataPoint> =
        (0..5_000).map(|n| point(&format!("s{}", n % 7), n, BEGIN - 5_000 + n, 1)).collect();
    rig.submit(request(large)).await.expect("taken");
    let small: Vec<_> = (0..100).map(|n| rig.submit(request(vec![point("s0", 1, BEGIN + n, 1)]))).collect();
    for accepted in futures(small).await {
        assert_eq!(accepted.expect("taken").dropped.total(), 0);
    }
    rig.settle().await;
    let mut last = std::collections::BTreeMap::new();
    for sample in rig.sink.samples() {
        let before = last.insert(sample.label("stream").to_owned(), (sample.time, sample.value));
        assert!(before.is_none_or(|before| before.0 < sample.time), "times rise strictly");
    }
    let totals: Vec<f64> = last.values().map(|(_, total)| *total).collect();
    assert_eq!(totals, [815.0, 715.0, 714.0, 714.0, 714.0, 714.0, 714.0]);
}

async fn futures<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (future, slot) in all.iter_mut().zip(&mut done) {
            if slot.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(output) => *slot = Some(output),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// With several shards the totals are the same, and what belongs together stays together.
#[tokio::test]
async fn shards_do_not_show() {
    let rig = Setup { shards: 4, ..Setup::default() }.start().await;
    let streams: Vec<String> = (0..100).map(|n| format!("s{n}")).collect();
    for round in 0..5_u64 {
        let time = BEGIN - (5 - round) * SECOND;
        let points: Vec<NumberDataPoint> = streams.iter().map(|stream| point(stream, time - SECOND, time, 1)).collect();
        let bytes = request(points);
        rig.submit(bytes.clone()).await.expect("taken");
        rig.submit(bytes).await.expect("taken again");
        rig.settle().await;
    }
    assert_eq!(rig.resent(), 500);
    let samples = rig.sink.samples();
    assert_eq!(samples.len(), 500);
    for stream in &streams {
        let values: Vec<f64> =
            samples.iter().filter(|sample| sample.label("stream") == stream).map(|sample| sample.value).collect();
        assert_eq!(values, [1.0, 2.0, 3.0, 4.0, 5.0]);
    }
    let busy =
        rig.pipeline.view.shards.iter().filter(|shard| shard.streams.load(std::sync::atomic::Ordering::Relaxed) > 0);
    assert_eq!(busy.count(), 4);
}

/// Integers and doubles of one stream.
#[tokio::test]
async fn kinds_of_one_stream() {
    let rig = Setup::default().start().await;
    let double = NumberDataPoint { value: Some(Number::AsDouble(0.5)), ..point("a", 1, BEGIN - SECOND, 0) };
    for one in [point("a", 1, BEGIN - 2 * SECOND, 2), double, point("a", 1, BEGIN, 2)] {
        rig.submit(request(vec![one])).await.expect("taken");
        rig.settle().await;
    }
    let values: Vec<f64> = rig.sink.samples().iter().map(|sample| sample.value).collect();
    assert_eq!(values, [2.0, 2.5, 4.5]);
}

/// What arrives between the last tick and the end goes out, too.
#[tokio::test]
async fn the_end_flushes() {
    let rig = Setup::default().start().await;
    rig.submit(request_of(vec![text("service.name", "x")], vec![sum("n", DELTA, vec![point("a", 1, BEGIN, 5)])]))
        .await
        .expect("taken");
    assert!(rig.pipeline.stop(Duration::from_secs(5)).await);
    assert_eq!(rig.sink.samples().len(), 1);
}

/// What metrics are is told at once, and again each minute, for back-ends forget it.
#[tokio::test]
async fn metadata_is_sent() {
    let rig = Setup { exporter: "    send_metadata: true".into(), ..Setup::default() }.start().await;
    let described = |metric: Metric, description: &str, unit: &str| Metric {
        description: description.into(),
        unit: unit.into(),
        ..metric
    };
    let metrics = vec![
        described(sum("sent", DELTA, vec![point("a", BEGIN, BEGIN, 1)]), "What was sent", "By"),
        described(gauge("heat", vec![point("a", 0, BEGIN, 1)]), "", "Cel"),
    ];
    rig.submit(request_of(Vec::new(), metrics.clone())).await.expect("taken");
    rig.settle().await;
    let expected = [(1, "sent_bytes_total", "What was sent", "By"), (2, "heat_celsius", "", "Cel")];
    let told = || -> Vec<(i32, String, String, String)> {
        let mut told = rig.sink.metadata();
        told.sort_by(|a, b| b.family.cmp(&a.family));
        told.into_iter().map(|own| (own.kind, own.family, own.help, own.unit)).collect()
    };
    let expected = expected.map(|(kind, family, help, unit)| (kind, family.into(), help.into(), unit.into()));
    assert_eq!(told(), expected);
    rig.submit(request_of(Vec::new(), metrics)).await.expect("taken");
    rig.settle().await;
    assert_eq!(told(), expected, "nothing new");
    rig.pass(Duration::from_secs(61)).await;
    rig.settle().await;
    assert_eq!(told().len(), 4);
}
