//! Out of the generated types; everything is moved.

use model::columns::{ExponentialHistograms, Histograms, NumberRevision, Numbers, Revision, VariableCells};
use model::{Attribute, AttributeValue, Needs, Output, Plan, Problem, StreamDescription, Verdict};

use super::bindings::alluvium::processor::types;
use super::{configure, exponential, histograms, numbers, shape};
use crate::check::Violation;
use crate::error::Declined;

/// Columns of sums and gauges.
pub(super) fn numbers(columns: numbers::Points) -> Numbers {
    let numbers::Points { rows, kinds, flags, starts, times, values } = columns;
    Numbers { rows, kinds, flags, starts, times, values }
}

/// Columns of histograms.
pub(super) fn histograms(columns: histograms::Points) -> Histograms {
    let histograms::Points {
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
    Histograms {
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
pub(super) fn exponential(columns: exponential::Points) -> ExponentialHistograms {
    let exponential::Points {
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
    ExponentialHistograms {
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
pub(super) fn cells(columns: types::VariableCells) -> VariableCells {
    let types::VariableCells { offsets, words } = columns;
    VariableCells { offsets, words }
}

/// What a guest makes of sums and gauges.
pub(super) fn number_answer(answer: numbers::Answer) -> Result<NumberRevision, Declined> {
    match answer {
        numbers::Answer::Revised(revision) => Ok(number_revision(revision)),
        numbers::Answer::Replaced(_) => Err(Declined::Invalid(Violation::Unsupported("replacing a batch"))),
    }
}

/// Columns of sums and gauges that came back.
fn number_revision(columns: numbers::Revision) -> NumberRevision {
    let numbers::Revision { dropped, reasons, kinds, flags, starts, times, values, cells } = columns;
    NumberRevision { dropped, reasons, kinds, flags, starts, times, values, cells }
}

/// What a guest makes of them.
pub(super) fn histogram_revision(revision: histograms::Revision) -> Revision<Histograms> {
    let histograms::Revision { dropped, reasons, changed, points, cells } = revision;
    Revision { dropped, reasons, changed, points: histograms(points), cells: self::cells(cells) }
}

/// What a guest makes of them.
pub(super) fn exponential_revision(revision: exponential::Revision) -> Revision<ExponentialHistograms> {
    let exponential::Revision { dropped, reasons, changed, points, cells } = revision;
    Revision { dropped, reasons, changed, points: exponential(points), cells: self::cells(cells) }
}

/// What a guest says of a failure of its own.
pub(super) fn failure(failure: types::Failure) -> Declined {
    let types::Failure { code, message, retryable } = failure;
    Declined::Failed { code, message, retryable }
}

/// What is wrong with the settings.
pub(super) fn problems(problems: Vec<configure::Problem>) -> Vec<Problem> {
    problems.into_iter().map(|configure::Problem { path, message }| Problem { path, message }).collect()
}

/// What a guest needs.
pub(super) fn needs(needs: configure::Needs) -> Needs {
    Needs {
        name: needs.name,
        version: needs.version,
        kinds: needs.kinds,
        reads: needs.reads,
        state_version: needs.state_version,
        additive: needs.additive,
        number_words: needs.number_words,
        max_streams: needs.max_streams,
        max_idle: needs.max_idle,
        tick_every: needs.tick_every,
        drop_reasons: needs.drop_reasons,
        counters: needs.counters,
    }
}

/// What becomes of streams.
pub(super) fn verdicts(verdicts: Vec<shape::Verdict>) -> Vec<Verdict> {
    verdicts.into_iter().map(verdict).collect()
}

fn verdict(verdict: shape::Verdict) -> Verdict {
    match verdict {
        shape::Verdict::Drop(reason) => Verdict::Drop(reason),
        shape::Verdict::Pass => Verdict::Pass,
        shape::Verdict::Process(shape::Plan { outputs, seed }) => {
            Verdict::Process(Plan { outputs: outputs.into_iter().map(output).collect(), seed })
        }
    }
}

fn output(output: shape::Output) -> Output {
    let shape::Output { description, kind, temporality, monotonic } = output;
    Output { description: description.map(stream), kind, temporality, monotonic }
}

fn stream(stream: types::Stream) -> StreamDescription {
    StreamDescription {
        resource: attributes(stream.resource),
        scope_name: stream.scope_name,
        scope_version: stream.scope_version,
        scope_attributes: attributes(stream.scope_attributes),
        name: stream.name,
        unit: stream.unit,
        kind: stream.kind,
        temporality: stream.temporality,
        monotonic: stream.monotonic,
        attributes: attributes(stream.attributes),
    }
}

fn attributes(attributes: Vec<types::Attribute>) -> Vec<Attribute> {
    let one = |types::Attribute { key, value }| Attribute { key, value: self::value(value) };
    attributes.into_iter().map(one).collect()
}

fn value(value: types::Value) -> AttributeValue {
    match value {
        types::Value::Text(text) => AttributeValue::Text(text),
        types::Value::Boolean(value) => AttributeValue::Boolean(value),
        types::Value::Integer(value) => AttributeValue::Integer(value),
        types::Value::Double(value) => AttributeValue::Double(value),
        types::Value::Bytes(bytes) => AttributeValue::Bytes(bytes),
        types::Value::Structured(json) => AttributeValue::Structured(json),
    }
}
