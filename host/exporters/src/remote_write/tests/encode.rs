use clock::UnixMillis;
use prost::Message;

use crate::remote_write::encode;
use prometheus::label_set::LabelSet;

/// `prometheus.WriteRequest` as the remote-write 1.0 specification has it, for an independent decoder.
#[derive(Clone, PartialEq, Message)]
pub(super) struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    pub(super) timeseries: Vec<TimeSeries>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    pub(super) labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    pub(super) samples: Vec<Sample>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Label {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Sample {
    #[prost(double, tag = "1")]
    pub(super) value: f64,
    #[prost(int64, tag = "2")]
    pub(super) timestamp: i64,
}

pub(super) fn block(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut labels = LabelSet::default();
    pairs.iter().for_each(|(name, value)| labels.set(name, value));
    encode::labels(&labels)
}

/// `prost` reads what was appended, for labels of every length class and for every length of a time.
#[test]
fn requests() {
    let long = "x".repeat(200);
    let huge = "é".repeat(10_000);
    let series: [&[(&str, &str)]; 4] =
        [&[("__name__", "a")], &[("__name__", "b"), ("l", &long)], &[("__name__", "c"), (&long, &huge)], &[]];
    let times = [0, 1, 127, 128, 1_790_000_000_000, i64::MAX, -1, i64::MIN];
    let mut bytes = Vec::new();
    let mut expected = WriteRequest::default();
    for labels in series {
        let encoded = block(labels);
        for (index, time) in times.into_iter().enumerate() {
            let value = index as f64 * 0.5;
            encode::series(&encoded, value, UnixMillis(time), &mut bytes);
            expected.timeseries.push(TimeSeries {
                labels: labels.iter().map(|(n, v)| Label { name: (*n).into(), value: (*v).into() }).collect(),
                samples: vec![Sample { value, timestamp: time }],
            });
        }
    }
    assert_eq!(WriteRequest::decode(&*bytes), Ok(expected));
}

/// Only a series that has ended gets a staleness marker; a NaN that was measured is sent as an ordinary one, even if it
/// has a marker's bits.
#[test]
fn not_a_number() {
    let bits = |value: f64| {
        let mut bytes = Vec::new();
        encode::series(&block(&[("__name__", "a")]), value, UnixMillis(1), &mut bytes);
        WriteRequest::decode(&*bytes).expect("it decodes").timeseries[0].samples[0].value.to_bits()
    };
    assert_eq!(bits(f64::from_bits(0x7ff0_0000_0000_0002)), 0x7ff8_0000_0000_0001);
    assert_eq!(bits(f64::NAN), 0x7ff8_0000_0000_0001);
    assert_eq!(bits(f64::from_bits(0x7ff0_0000_0000_0003)), 0x7ff8_0000_0000_0001);
    assert_eq!(bits(f64::INFINITY), f64::INFINITY.to_bits());
    let mut marker = Vec::new();
    encode::stale(&block(&[("__name__", "a")]), UnixMillis(1), &mut marker);
    let marker = WriteRequest::decode(&*marker).expect("it decodes").timeseries[0].samples[0].value.to_bits();
    assert_eq!(marker, 0x7ff0_0000_0000_0002);
}

/// No time series takes more than was said beforehand.
#[test]
fn overhead() {
    let encoded = block(&[("__name__", "a")]);
    for time in [0, i64::MAX, i64::MIN] {
        let mut bytes = Vec::new();
        encode::series(&encoded, 1.0, UnixMillis(time), &mut bytes);
        assert!(bytes.len() <= encoded.len() + encode::SERIES_OVERHEAD);
    }
}
