//! What the text looks like. Streams of one resource and scope stand together under them:
//!
//! ```text
//! metrics: 2 points of 2 streams
//! resource service.name="claude-code" os.type="linux"
//!   scope com.anthropic.claude_code 2.1.240
//!     claude_code.session.count = 1 {session.id="3af0"}
//!     claude_code.token.usage = 42 tokens {session.id="3af0", type="input"}
//! ```

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use super::Verbosity;
use clock::UnixNanos;
use model::MetricTraits;
use model::{CUMULATIVE, DELTA, Kind, NO_RECORDED_VALUE, Number};
use otlp::canonical::Value;
use otlp::text;
use otlp::values::PointValue;
use otlp::values::{Aggregate, Exemplar, Explicit, Exponential, Summary};
use pipeline::batch::Batch;
use streams::describe::View;

/// A stream as it is shown.
#[derive(Debug)]
pub(super) struct Described {
    /// `resource` and its attributes.
    resource: String,
    /// `scope`, its name, version and attributes.
    scope: String,
    name: String,
    unit: String,
    attributes: Vec<(String, String)>,
    kind: &'static str,
}

impl Described {
    pub(super) fn of(view: View<'_>) -> Self {
        let mut resource = String::from("resource");
        view.resource().for_each(|attribute| append(attribute, &mut resource));
        let (name, version) = view.scope_name_version();
        let mut scope = String::from("scope");
        for word in [name, version].into_iter().filter(|word| !word.is_empty()) {
            scope.push(' ');
            scope.push_str(&printable(word));
        }
        view.scope_attributes().for_each(|attribute| append(attribute, &mut scope));
        Self {
            resource,
            scope,
            name: printable(view.name()),
            unit: printable(view.unit()),
            attributes: view.attributes().map(|(key, value)| (printable(key), quoted(value))).collect(),
            kind: kind(view.traits()),
        }
    }

    pub(super) fn memory(&self) -> usize {
        let attributes: usize = self.attributes.iter().map(|(key, value)| key.len() + value.len() + 48).sum();
        size_of::<Self>() + self.resource.len() + self.scope.len() + self.name.len() + self.unit.len() + attributes
    }
}

fn append((key, value): (&str, Value<'_>), out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(out, " {}={}", printable(key), quoted(value));
}

/// Text in quotes, everything else as it is.
fn quoted(value: Value<'_>) -> String {
    let shown = printable(&text::of(value));
    if matches!(value, Value::Text(_)) { format!("\"{shown}\"") } else { shown }
}

/// Text that shows as it is: a terminal must not obey what a sender says.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    shown
}

fn kind(traits: MetricTraits) -> &'static str {
    match (traits.kind, traits.temporality, traits.monotonic) {
        (Kind::Gauge, ..) => "gauge",
        (Kind::Sum, DELTA, true) => "sum, delta, monotonic",
        (Kind::Sum, DELTA, false) => "sum, delta",
        (Kind::Sum, CUMULATIVE, true) => "sum, cumulative, monotonic",
        (Kind::Sum, CUMULATIVE, false) => "sum, cumulative",
        (Kind::Sum, ..) => "sum of no temporality",
        (Kind::Histogram, DELTA, _) => "histogram, delta",
        (Kind::Histogram, CUMULATIVE, _) => "histogram, cumulative",
        (Kind::Histogram, ..) => "histogram of no temporality",
        (Kind::ExponentialHistogram, DELTA, _) => "exponential histogram, delta",
        (Kind::ExponentialHistogram, CUMULATIVE, _) => "exponential histogram, cumulative",
        (Kind::ExponentialHistogram, ..) => "exponential histogram of no temporality",
        (Kind::Summary, ..) => "summary",
    }
}

/// The line above a batch, and all of it where little is told.
pub(super) fn heading(points: usize, streams: usize) -> String {
    let plural = |count| if count == 1 { "" } else { "s" };
    format!("metrics: {points} point{} of {streams} stream{}\n", plural(points), plural(streams))
}

/// The points of a batch.
pub(super) fn points<'a>(
    verbosity: Verbosity,
    streams: impl Iterator<Item = (usize, &'a Described)>,
    batch: &Batch,
    out: &mut String,
) {
    let (mut resource, mut scope) = ("", "");
    for (point, stream) in streams {
        if stream.resource != resource {
            (resource, scope) = (&stream.resource, "");
            let _ = writeln!(out, "{resource}");
        }
        if stream.scope != scope {
            scope = &stream.scope;
            let _ = writeln!(out, "  {scope}");
        }
        let value = value(batch, point);
        match verbosity {
            Verbosity::Detailed => in_detail(stream, &value, batch, point, out),
            Verbosity::Basic | Verbosity::Normal => {
                let attributes: Vec<String> =
                    stream.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
                let value = format!("{value} {}", stream.unit);
                let _ = writeln!(out, "    {} = {} {{{}}}", stream.name, value.trim_end(), attributes.join(", "));
            }
        }
    }
}

fn in_detail(stream: &Described, value: &str, batch: &Batch, point: usize, out: &mut String) {
    let _ = writeln!(out, "    {}", stream.name);
    let widest = stream.attributes.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
    let attributes = stream.attributes.iter().map(|(key, value)| format!("{key:widest$} = {value}"));
    let times = [batch.start(point), batch.time(point)].map(time);
    let flags = batch.flags(point);
    let Distribution { buckets, exemplars } = Distribution::of(batch, point);
    let lines = [
        ("value", vec![format!("{value} {}", stream.unit)]),
        ("buckets", buckets),
        ("exemplars", exemplars),
        ("kind", vec![stream.kind.to_owned()]),
        ("attributes", attributes.collect()),
        ("start", vec![times[0].clone()]),
        ("time", vec![times[1].clone()]),
        ("flags", if flags == 0 { Vec::new() } else { vec![flags.to_string()] }),
    ];
    for (label, lines) in lines {
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let _ = writeln!(out, "      {label:<10}  {}", line.trim_end());
        }
    }
}

fn value(batch: &Batch, point: usize) -> String {
    let (kind, bits) = (batch.columns().kinds[point], batch.columns().values[point]);
    if batch.flags(point) & NO_RECORDED_VALUE != 0 {
        return "no recorded value".into();
    }
    match batch.value(point) {
        PointValue::Number(_) if kind == Number::Int as u8 => bits.cast_signed().to_string(),
        PointValue::Number(value) if kind == Number::Double as u8 => value.to_string(),
        PointValue::Number(_) => "no value".into(),
        PointValue::Explicit(histogram) => aggregate(histogram.aggregate),
        PointValue::Exponential(histogram) => aggregate(histogram.aggregate),
        PointValue::Summary(summary) => format!("count {}, sum {}", summary.count, summary.sum),
    }
}

fn aggregate(aggregate: Aggregate) -> String {
    let mut text = format!("count {}", aggregate.count);
    for (label, value) in [("sum", aggregate.sum), ("min", aggregate.min), ("max", aggregate.max)] {
        if let Some(value) = value {
            let _ = write!(text, ", {label} {value}");
        }
    }
    text
}

/// What is more than one number about a point, line by line.
struct Distribution {
    buckets: Vec<String>,
    exemplars: Vec<String>,
}

impl Distribution {
    fn of(batch: &Batch, point: usize) -> Self {
        let buckets = match batch.value(point) {
            PointValue::Number(_) => Vec::new(),
            PointValue::Explicit(Explicit { bounds, buckets, .. }) => {
                let lower = bounds.iter().map(f64::to_string).map(|bound| format!("({bound}"));
                let upper = bounds.iter().map(|bound| format!("{bound}]"));
                let ranges = ["(-inf".to_owned()].into_iter().chain(lower).zip(upper.chain(["inf)".into()]));
                ranges.zip(buckets).map(|((lower, upper), count)| format!("{lower}, {upper}  {count}")).collect()
            }
            PointValue::Exponential(histogram) => exponential(&histogram),
            PointValue::Summary(Summary { quantiles, .. }) => {
                quantiles.iter().map(|entry| format!("{} of all  {}", entry.quantile, entry.value)).collect()
            }
        };
        let exemplar = |exemplar: Exemplar<'_>| {
            let labels: Vec<String> = exemplar
                .labels()
                .map(|(name, value)| format!("{}=\"{}\"", printable(name), printable(value)))
                .collect();
            format!("{} at {} {{{}}}", exemplar.value, time(exemplar.time), labels.join(", "))
        };
        Self { buckets, exemplars: batch.exemplars().of(point).map(exemplar).collect() }
    }
}

/// Buckets by their indexes: bounds would be long numbers that say no more.
fn exponential(histogram: &Exponential<'_>) -> Vec<String> {
    let mut lines = vec![format!("scale {}", histogram.scale)];
    if histogram.zero_count > 0 || histogram.zero_threshold > 0.0 {
        lines.push(format!("within {} of zero  {}", histogram.zero_threshold, histogram.zero_count));
    }
    for (sign, side) in [("negative", histogram.negative), ("positive", histogram.positive)] {
        let filled = (i64::from(side.start)..).zip(side.counts).filter(|(_, count)| **count > 0);
        lines.extend(filled.map(|(index, count)| format!("{sign} {index}  {count}")));
    }
    lines
}

/// A time as RFC 3339 has it; `unknown` without one.
fn time(time: UnixNanos) -> String {
    if !time.is_known() {
        return "unknown".into();
    }
    humantime::format_rfc3339_nanos(UNIX_EPOCH + Duration::from_nanos(time.0)).to_string()
}
