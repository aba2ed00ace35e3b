//! Requests at random, with the edges that a shard has rules for.

use bytes::Bytes;
use fastrand::Rng;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::exemplar::Value as Measured;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric,
    NumberDataPoint, Sum, Summary, SummaryDataPoint,
};

use crate::support::otlp::{BEGIN, CUMULATIVE, DELTA, SECOND, request_of, sum, text};

const NO_RECORDED_VALUE: u32 = 1;

/// Streams of a kind that are active at the same time, and groups of them: while one is active the others are idle.
const ACTIVE: u32 = 6;
const GROUPS: u32 = 3;

/// Requests that may come again.
const SENT: usize = 12;

/// Streams that a guest drops, of a request and in all: more than a shard has room to remember.
const DROPPED: u32 = 500;
const ALL_DROPPED: u32 = 2_000;

/// Points of a request that takes more than a batch.
const MANY: u32 = 2_200;

pub struct Requests {
    random: Rng,
    group: u32,
    sent: Vec<Bytes>,
}

impl Requests {
    pub fn new(random: Rng) -> Self {
        Self { random, group: 0, sent: Vec::new() }
    }

    /// A request at `now`, nanoseconds; it may be one of before.
    pub fn next(&mut self, now: u64) -> Bytes {
        let random = &mut self.random;
        if random.u32(..25) == 0 {
            self.group = random.u32(..GROUPS);
        }
        if random.u32(..6) == 0
            && let Some(sent) = random.choice(&self.sent)
        {
            return sent.clone();
        }
        match random.u32(..60) {
            0 | 1 => return self.dropped(now),
            2 => return self.many(now),
            _ => {}
        }
        // A repeated field goes on in the next message.
        let mut bytes: Vec<u8> = (0..random.usize(1..=2)).flat_map(|_| self.resource(now)).collect();
        if self.random.u32(..15) == 0 {
            break_text(&mut bytes);
        }
        let bytes = Bytes::from(bytes);
        if self.sent.len() == SENT {
            self.sent.swap_remove(self.random.usize(..SENT));
        }
        self.sent.push(bytes.clone());
        bytes
    }

    fn dropped(&mut self, now: u64) -> Bytes {
        let first = self.random.u32(..ALL_DROPPED);
        let points = (first..first + DROPPED).map(|route| NumberDataPoint {
            attributes: vec![text("stream", "s3"), text("route", &(route % ALL_DROPPED).to_string())],
            time_unix_nano: now,
            value: Some(Number::AsInt(1)),
            ..NumberDataPoint::default()
        });
        request_of(Vec::new(), vec![sum("requests", DELTA, points.collect())])
    }

    fn many(&mut self, now: u64) -> Bytes {
        let point = |point| {
            let common = Common::any(&mut self.random, self.group, now - u64::from(point) * 1_000_000);
            numbers(&mut self.random, common)
        };
        let points = (0..MANY).map(point).collect();
        request_of(vec![text("service.name", "one")], vec![sum("requests", DELTA, points)])
    }

    fn resource(&mut self, now: u64) -> Bytes {
        let random = &mut self.random;
        let mut resource = vec![text("service.name", random.choice(["one", "two"]).unwrap_or_default())];
        if random.u32(..4) > 0 {
            resource.push(text("host.name", &format!("h{}", random.u32(..3))));
        }
        random.shuffle(&mut resource);
        let metrics = (0..self.random.usize(1..=4)).map(|_| self.metric(now)).collect();
        request_of(resource, metrics)
    }

    fn metric(&mut self, now: u64) -> Metric {
        let temporality = if self.random.u32(..4) == 0 { CUMULATIVE } else { DELTA };
        // Both kinds of histograms have one name, so that their series meet where their attributes do.
        let (name, data) = match self.random.u32(..8) {
            0 => {
                let points = self.points(now, numbers);
                ("level", Data::Gauge(Gauge { data_points: points }))
            }
            1 => {
                let points = self.points(now, explicit);
                ("time", Data::Histogram(Histogram { data_points: points, aggregation_temporality: temporality }))
            }
            2 => {
                let data_points = self.points(now, exponential);
                let data = ExponentialHistogram { data_points, aggregation_temporality: temporality };
                ("time", Data::ExponentialHistogram(data))
            }
            3 => ("size", Data::Summary(Summary { data_points: self.points(now, summary) })),
            other => {
                let data_points = self.points(now, numbers);
                let data = Sum { data_points, aggregation_temporality: temporality, is_monotonic: other > 4 };
                (if other > 4 { "requests" } else { "open" }, Data::Sum(data))
            }
        };
        let description = self.random.choice(["", "", "What it is", "what it was"]).unwrap_or_default();
        Metric { name: name.into(), description: description.into(), data: Some(data), ..Metric::default() }
    }

    fn points<P>(&mut self, now: u64, point: fn(&mut Rng, Common) -> P) -> Vec<P> {
        let Self { random, group, .. } = self;
        (0..random.usize(1..=5))
            .map(|_| {
                let common = Common::any(random, *group, now);
                point(random, common)
            })
            .collect()
    }
}

/// What points of all kinds have.
struct Common {
    attributes: Vec<KeyValue>,
    start: u64,
    time: u64,
    flags: u32,
}

impl Common {
    fn any(random: &mut Rng, group: u32, now: u64) -> Self {
        let stream = group * ACTIVE + random.u32(..ACTIVE);
        let mut attributes = vec![text("stream", &format!("s{stream}"))];
        if random.bool() {
            attributes.push(text("pod", &format!("p{}", random.u32(..3))));
        }
        if random.bool() {
            attributes.push(text("route", "/"));
        }
        random.shuffle(&mut attributes);
        let time = time(random, now);
        let start = match random.u32(..6) {
            0 => 0,
            1 => time,
            2 => BEGIN,
            _ => time.saturating_sub(random.u64(..20) * SECOND),
        };
        let flags = if random.u32(..10) == 0 { NO_RECORDED_VALUE } else { 0 };
        Self { attributes, start, time, flags }
    }
}

fn time(random: &mut Rng, now: u64) -> u64 {
    match random.u32(..16) {
        0 => 0,
        1 => now + 3_600 * SECOND,
        2 => now + 200 * SECOND,
        3 => now - 2 * 3_600 * SECOND,
        4 => now - 400 * SECOND,
        5 => *random.choice(&[1, u64::MAX, i64::MAX.cast_unsigned()]).unwrap_or(&1),
        // Seconds, so that times come again.
        6..10 => now / SECOND * SECOND - random.u64(..5) * SECOND,
        _ => now - random.u64(..1_000) * 1_000_000,
    }
}

fn double(random: &mut Rng) -> f64 {
    let edges = [f64::NAN, f64::INFINITY, f64::MAX, -0.0, 0.1];
    if random.u32(..6) == 0 { *random.choice(&edges).unwrap_or(&0.0) } else { f64::from(random.u32(..1_000)) / 8.0 }
}

fn numbers(random: &mut Rng, Common { attributes, start, time, flags }: Common) -> NumberDataPoint {
    let value = match random.u32(..8) {
        0 => Number::AsInt(*random.choice(&[i64::MIN, -1, 0, i64::MAX]).unwrap_or(&0)),
        1..5 => Number::AsInt(random.i64(..100)),
        _ => Number::AsDouble(double(random)),
    };
    NumberDataPoint {
        attributes,
        start_time_unix_nano: start,
        time_unix_nano: time,
        value: Some(value),
        flags,
        exemplars: exemplars(random, time),
    }
}

fn exemplars(random: &mut Rng, time: u64) -> Vec<Exemplar> {
    let count = random.usize(..8).saturating_sub(5);
    let exemplar = |_| Exemplar {
        filtered_attributes: vec![text("user", "u")],
        time_unix_nano: time,
        value: Some(Measured::AsDouble(double(random))),
        ..Exemplar::default()
    };
    (0..count).map(exemplar).collect()
}

fn explicit(random: &mut Rng, Common { attributes, start, time, flags }: Common) -> HistogramDataPoint {
    let bounds = random.choice(&[[1.0, 10.0].as_slice(), &[1.0, 5.0, 10.0], &[2.0], &[]]).copied().unwrap_or_default();
    let bucket_counts: Vec<u64> = (0..=bounds.len()).map(|_| random.u64(..10)).collect();
    HistogramDataPoint {
        attributes,
        start_time_unix_nano: start,
        time_unix_nano: time,
        count: bucket_counts.iter().sum(),
        sum: random.bool().then(|| double(random)),
        bucket_counts,
        explicit_bounds: bounds.to_vec(),
        flags,
        exemplars: exemplars(random, time),
        ..HistogramDataPoint::default()
    }
}

fn exponential(random: &mut Rng, common: Common) -> ExponentialHistogramDataPoint {
    let Common { attributes, start, time, flags } = common;
    let offset = if random.u32(..10) == 0 { i32::MAX - 3 } else { random.i32(-5..5) };
    let bucket_counts: Vec<u64> = (0..random.usize(..4)).map(|_| random.u64(..10)).collect();
    let zero_count = random.u64(..3);
    ExponentialHistogramDataPoint {
        attributes,
        start_time_unix_nano: start,
        time_unix_nano: time,
        count: bucket_counts.iter().sum::<u64>() + zero_count,
        sum: random.bool().then(|| double(random)),
        scale: *random.choice(&[0, 1, 3, -2, 20]).unwrap_or(&0),
        zero_count,
        positive: Some(Buckets { offset, bucket_counts }),
        flags,
        exemplars: exemplars(random, time),
        ..ExponentialHistogramDataPoint::default()
    }
}

fn summary(random: &mut Rng, Common { attributes, start, time, flags }: Common) -> SummaryDataPoint {
    let mut value = |quantile| ValueAtQuantile { quantile, value: double(random) };
    SummaryDataPoint {
        attributes,
        start_time_unix_nano: start,
        time_unix_nano: time,
        count: 7,
        sum: 3.5,
        quantile_values: vec![value(0.5), value(0.9)],
        flags,
    }
}

/// Makes the name of a stream no text.
fn break_text(bytes: &mut [u8]) {
    let stream = bytes.windows(2).rposition(|pair| pair[0] == b's' && pair[1].is_ascii_digit());
    if let Some(stream) = stream {
        bytes[stream] = 0xFF;
    }
}
