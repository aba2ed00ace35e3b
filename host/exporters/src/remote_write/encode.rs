//! Remote write 1.0: a `prometheus.WriteRequest` is time series after time series, so that one is made by appending.
//!
//! `WriteRequest{timeseries=1}`, `TimeSeries{labels=1, samples=2, exemplars=3}`, `Label{name=1, value=2}`, `Sample{value=1
//! double, timestamp=2 int64 ms}`, `Exemplar{labels=1, value=2 double, timestamp=3 int64 ms}`. The labels of a series never change; they are encoded once and copied.

use clock::UnixMillis;
use otlp::values::Exemplar;
use prometheus::label_set::LabelSet;

/// The value of a staleness marker, by its bits (remote write 1.0, "Stale Markers").
pub const STALE: u64 = 0x7ff0_0000_0000_0002;

/// A NaN that is no staleness marker: what any other NaN is sent as.
const ORDINARY_NAN: u64 = 0x7ff8_0000_0000_0001;

const TIMESERIES: u8 = 1 << 3 | 2;
const LABELS: u8 = 1 << 3 | 2;
const SAMPLES: u8 = 2 << 3 | 2;
const EXEMPLARS: u8 = 3 << 3 | 2;
const EXEMPLAR_VALUE: u8 = 2 << 3 | 1;
const EXEMPLAR_TIMESTAMP: u8 = 3 << 3;
const LABEL_NAME: u8 = 1 << 3 | 2;
const LABEL_VALUE: u8 = 2 << 3 | 2;
const SAMPLE_VALUE: u8 = 1 << 3 | 1;
const SAMPLE_TIMESTAMP: u8 = 2 << 3;

/// What stands in front of a sample's value: the key and length of the sample, and the key of the value.
const SAMPLE_HEAD: usize = 3;

/// Bytes of a zero of a run in an open request. Its value is left out, as protobuf leaves out zeros.
pub const ZERO_BYTES: usize = 3 + TIME_BYTES;

/// Bytes of a time series beyond its labels, at most: its own key and length, and a sample.
pub const SERIES_OVERHEAD: usize = 1 + 10 + 2 + 9 + 11;

/// The labels of a series as they stand in each of its time series.
#[must_use]
pub fn labels(labels: &LabelSet) -> Vec<u8> {
    let lengths = labels.iter().map(|(name, value)| 4 + text_length(name) + text_length(value));
    let mut block = Vec::with_capacity(lengths.sum());
    for (name, value) in labels.iter() {
        put_label(name, value, &mut block);
    }
    block
}

#[inline]
fn put_label(name: &str, value: &str, out: &mut Vec<u8>) {
    out.push(LABELS);
    put_varint((text_length(name) + text_length(value)) as u64, out);
    put_text(LABEL_NAME, name, out);
    put_text(LABEL_VALUE, value, out);
}

#[inline]
fn text_length(text: &str) -> usize {
    1 + varint_length(text.len() as u64) + text.len()
}

/// Appends a text field.
#[inline]
pub(super) fn put_text(key: u8, text: &str, out: &mut Vec<u8>) {
    put_message(key, text.as_bytes(), out);
}

/// Appends a field with a length.
#[inline]
pub(super) fn put_message(key: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(key);
    put_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Appends a time series with one sample. A NaN never becomes a staleness
/// marker, whatever its bits: a sender could end a series with it.
#[inline]
pub fn series(labels: &[u8], value: f64, time: UnixMillis, out: &mut Vec<u8>) {
    append(labels, 0, ordinary(value), time, &[], out);
}

fn ordinary(value: f64) -> u64 {
    if value.is_nan() { ORDINARY_NAN } else { value.to_bits() }
}

/// The same with exemplars, as [`exemplar`] makes them, and behind so many zeros, a millisecond apart, the last of them one
/// before `time`. Returns where the value stands.
#[inline]
pub fn series_behind_zeros(
    labels: &[u8],
    zeros: usize,
    value: f64,
    time: UnixMillis,
    exemplars: &[u8],
    out: &mut Vec<u8>,
) -> usize {
    append(labels, zeros, ordinary(value), time, exemplars, out)
}

/// Times between 1971 and 2109 take so many bytes.
const TIME_BYTES: usize = 6;
const REPLACEABLE: std::ops::Range<i64> = 1 << 35..1 << 42;

const _: () = {
    assert!(varint_length(REPLACEABLE.start.cast_unsigned()) == TIME_BYTES);
    assert!(varint_length(REPLACEABLE.end.cast_unsigned() - 1) == TIME_BYTES);
};

/// Whether a time takes as many bytes as all others for which this holds, so that one can be written over the other.
#[inline]
#[must_use]
pub fn is_replaceable(time: UnixMillis) -> bool {
    REPLACEABLE.contains(&time.0)
}

/// The same of a time and those of `zeros` in front of it.
#[inline]
#[must_use]
pub fn are_replaceable(time: UnixMillis, zeros: usize) -> bool {
    is_replaceable(time) && is_replaceable(before(time, zeros))
}

/// Writes value and time over those of the sample whose value stands at `at`; both times are replaceable.
#[inline]
pub fn replace(request: &mut [u8], at: usize, value: f64, time: UnixMillis) {
    debug_assert!(is_replaceable(time));
    let Some(sample) = request.get_mut(at..at + 9 + TIME_BYTES) else { return };
    sample[..8].copy_from_slice(&ordinary(value).to_le_bytes());
    write_time(time, &mut sample[9..]);
}

/// Moves the zeros of a run, of replaceable times, in front of the sample whose value stands at `at` and whose time is now
/// `time`.
pub fn move_zeros(request: &mut [u8], at: usize, zeros: usize, time: UnixMillis) {
    let Some(begin) = at.checked_sub(SAMPLE_HEAD + zeros * ZERO_BYTES) else { return };
    let Some(run) = request.get_mut(begin..at - SAMPLE_HEAD) else { return };
    for (index, zero) in run.chunks_exact_mut(ZERO_BYTES).enumerate() {
        write_time(before(time, zeros - index), &mut zero[ZERO_BYTES - TIME_BYTES..]);
    }
}

/// Writes a replaceable time over another.
#[inline]
fn write_time(time: UnixMillis, out: &mut [u8]) {
    let mut rest = time.0.cast_unsigned();
    for byte in &mut *out {
        *byte = rest as u8 | 0x80;
        rest >>= 7;
    }
    if let Some(last) = out.last_mut() {
        *last &= 0x7f;
    }
}

/// So many milliseconds earlier.
#[inline]
fn before(time: UnixMillis, milliseconds: usize) -> UnixMillis {
    UnixMillis(time.0.saturating_sub_unsigned(milliseconds as u64))
}

/// Appends the first time series of `request` with `exemplars` after its own. Returns how many bytes it had before.
pub(super) fn extend(request: &[u8], exemplars: &[u8], out: &mut Vec<u8>) -> usize {
    let digits = request.iter().skip(1).position(|byte| byte & 0x80 == 0).unwrap_or(0);
    let length = request[1..=1 + digits].iter().rev().fold(0, |length, byte| length << 7 | usize::from(byte & 0x7f));
    let (begin, end) = (2 + digits, 2 + digits + length);
    out.push(TIMESERIES);
    put_varint((length + exemplars.len()) as u64, out);
    out.extend_from_slice(&request[begin..end]);
    out.extend_from_slice(exemplars);
    end
}

/// Appends an exemplar as it stands in a time series. Its time is written in milliseconds.
#[cold]
pub fn exemplar(exemplar: Exemplar<'_>, out: &mut Vec<u8>) {
    let mut message = Vec::new();
    exemplar.labels().for_each(|(name, value)| put_label(name, value, &mut message));
    message.push(EXEMPLAR_VALUE);
    message.extend_from_slice(&ordinary(exemplar.value).to_le_bytes());
    message.push(EXEMPLAR_TIMESTAMP);
    put_varint(exemplar.time.to_millis().0.cast_unsigned(), &mut message);
    put_message(EXEMPLARS, &message, out);
}

/// Appends a time series with a staleness marker.
#[inline]
pub fn stale(labels: &[u8], time: UnixMillis, out: &mut Vec<u8>) {
    append(labels, 0, STALE, time, &[], out);
}

#[inline]
fn append(labels: &[u8], zeros: usize, bits: u64, at: UnixMillis, exemplars: &[u8], out: &mut Vec<u8>) -> usize {
    let time = at.0.cast_unsigned();
    let sample = 9 + 1 + varint_length(time);
    let run: usize = (1..=zeros).map(|back| 3 + varint_length(before(at, back).0.cast_unsigned())).sum();
    out.reserve(labels.len() + run + SERIES_OVERHEAD + exemplars.len());
    out.push(TIMESERIES);
    put_varint((labels.len() + run + 2 + sample + exemplars.len()) as u64, out);
    out.extend_from_slice(labels);
    for back in (1..=zeros).rev() {
        let time = before(at, back).0.cast_unsigned();
        out.extend_from_slice(&[SAMPLES, 1 + varint_length(time) as u8, SAMPLE_TIMESTAMP]);
        put_varint(time, out);
    }
    out.extend_from_slice(&[SAMPLES, sample as u8, SAMPLE_VALUE]);
    let value = out.len();
    out.extend_from_slice(&bits.to_le_bytes());
    out.push(SAMPLE_TIMESTAMP);
    put_varint(time, out);
    out.extend_from_slice(exemplars);
    value
}

#[inline]
const fn varint_length(value: u64) -> usize {
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
