//! Into the generated types. Vectors are moved; the description of a new stream is copied.

use model::columns::{ExponentialHistograms, Histograms, Numbers, VariableCells};
use model::{Attribute, AttributeValue, StreamDescription};

use super::bindings::alluvium::processor::types;
use super::{exponential, histograms, numbers};

/// Columns of sums and gauges.
pub(super) fn numbers(columns: Numbers) -> numbers::Points {
    let Numbers { rows, kinds, flags, starts, times, values } = columns;
    numbers::Points { rows, kinds, flags, starts, times, values }
}

/// Columns of histograms.
pub(super) fn histograms(columns: Histograms) -> histograms::Points {
    let Histograms {
        rows,
        flags,
        starts,
        times,
        counts,
        sums,
        minima,
        maxima,
        presence,
        bound_offsets,
        bounds,
        bucket_offsets,
        buckets,
    } = columns;
    histograms::Points {
        rows,
        flags,
        starts,
        times,
        counts,
        sums,
        minima,
        maxima,
        presence,
        bound_offsets,
        bounds,
        bucket_offsets,
        buckets,
    }
}

/// Columns of exponential histograms.
pub(super) fn exponential(columns: ExponentialHistograms) -> exponential::Points {
    let ExponentialHistograms {
        rows,
        flags,
        starts,
        times,
        counts,
        sums,
        minima,
        maxima,
        presence,
        scales,
        zero_counts,
        zero_thresholds,
        positive_starts,
        positive_offsets,
        positive_buckets,
        negative_starts,
        negative_offsets,
        negative_buckets,
    } = columns;
    exponential::Points {
        rows,
        flags,
        starts,
        times,
        counts,
        sums,
        minima,
        maxima,
        presence,
        scales,
        zero_counts,
        zero_thresholds,
        positive_starts,
        positive_offsets,
        positive_buckets,
        negative_starts,
        negative_offsets,
        negative_buckets,
    }
}

/// State cells.
pub(super) fn cells(columns: VariableCells) -> types::VariableCells {
    let VariableCells { offsets, words } = columns;
    types::VariableCells { offsets, words }
}

/// The description of a stream. Texts that no version of this package fills are empty.
pub(super) fn stream(stream: &StreamDescription) -> types::Stream {
    types::Stream {
        resource: attributes(&stream.resource),
        scope_name: stream.scope_name.clone(),
        scope_version: stream.scope_version.clone(),
        scope_attributes: attributes(&stream.scope_attributes),
        name: stream.name.clone(),
        unit: stream.unit.clone(),
        description: String::new(),
        kind: stream.kind,
        temporality: stream.temporality,
        monotonic: stream.monotonic,
        attributes: attributes(&stream.attributes),
        extra: Vec::new(),
    }
}

fn attributes(attributes: &[Attribute]) -> Vec<types::Attribute> {
    let one = |Attribute { key, value }: &Attribute| types::Attribute { key: key.clone(), value: self::value(value) };
    attributes.iter().map(one).collect()
}

fn value(value: &AttributeValue) -> types::Value {
    match value {
        AttributeValue::Text(text) => types::Value::Text(text.clone()),
        AttributeValue::Boolean(value) => types::Value::Boolean(*value),
        AttributeValue::Integer(value) => types::Value::Integer(*value),
        AttributeValue::Double(value) => types::Value::Double(*value),
        AttributeValue::Bytes(bytes) => types::Value::Bytes(bytes.clone()),
        AttributeValue::Structured(json) => types::Value::Structured(json.clone()),
    }
}
