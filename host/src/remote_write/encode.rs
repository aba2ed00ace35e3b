//! Remote write 1.0: a `prometheus.WriteRequest` is time series after time series, so that one is made by appending.
//!
//! `WriteRequest{timeseries=1}`, `TimeSeries{labels=1, samples=2}`, `Label{name=1, value=2}`, `Sample{value=1 double,
//! timestamp=2 int64 ms}`. The labels of a series never change; they are encoded once and copied.

use super::label_set::LabelSet;

/// The value of a staleness marker, by its bits (remote write 1.0, "Stale Markers").
pub const STALE: u64 = 0x7ff0_0000_0000_0002;

/// A NaN that is no staleness marker: what any other NaN is sent as.
const ORDINARY_NAN: u64 = 0x7ff8_0000_0000_0001;

const TIMESERIES: u8 = 1 << 3 | 2;
const LABELS: u8 = 1 << 3 | 2;
const SAMPLES: u8 = 2 << 3 | 2;
const LABEL_NAME: u8 = 1 << 3 | 2;
const LABEL_VALUE: u8 = 2 << 3 | 2;
const SAMPLE_VALUE: u8 = 1 << 3 | 1;
const SAMPLE_TIMESTAMP: u8 = 2 << 3;

/// Bytes of a time series beyond its labels, at most: its own key and length, and a sample.
pub const SERIES_OVERHEAD: usize = 1 + 10 + 2 + 9 + 11;

/// The labels of a series as they stand in each of its time series.
#[must_use]
pub fn labels(labels: &LabelSet) -> Vec<u8> {
    let lengths = labels.iter().map(|(name, value)| 4 + text_length(name) + text_length(value));
    let mut block = Vec::with_capacity(lengths.sum());
    for (name, value) in labels.iter() {
        let length = text_length(name) + text_length(value);
        block.push(LABELS);
        put_varint(length as u64, &mut block);
        put_text(LABEL_NAME, name, &mut block);
        put_text(LABEL_VALUE, value, &mut block);
    }
    block
}

fn text_length(text: &str) -> usize {
    1 + varint_length(text.len() as u64) + text.len()
}

fn put_text(key: u8, text: &str, out: &mut Vec<u8>) {
    out.push(key);
    put_varint(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

/// Appends a time series with one sample. `time` is in milliseconds since the Unix epoch. A NaN never becomes a staleness
/// marker, whatever its bits: a sender could end a series with it.
#[inline]
pub fn series(labels: &[u8], value: f64, time: i64, out: &mut Vec<u8>) {
    append(labels, if value.is_nan() { ORDINARY_NAN } else { value.to_bits() }, time, out);
}

/// Appends a time series with a staleness marker.
#[inline]
pub fn stale(labels: &[u8], time: i64, out: &mut Vec<u8>) {
    append(labels, STALE, time, out);
}

#[inline]
fn append(labels: &[u8], bits: u64, time: i64, out: &mut Vec<u8>) {
    let time = time.cast_unsigned();
    let sample = 9 + 1 + varint_length(time);
    out.reserve(labels.len() + SERIES_OVERHEAD);
    out.push(TIMESERIES);
    put_varint((labels.len() + 2 + sample) as u64, out);
    out.extend_from_slice(labels);
    out.extend_from_slice(&[SAMPLES, sample as u8, SAMPLE_VALUE]);
    out.extend_from_slice(&bits.to_le_bytes());
    out.push(SAMPLE_TIMESTAMP);
    put_varint(time, out);
}

#[inline]
fn varint_length(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

#[inline]
fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
