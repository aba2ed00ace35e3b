//! Exemplars: single measurements that a sender shows, with the trace that they belong to.

use std::fmt::Write as _;

use super::Run;
use crate::attributes;
use crate::canonical;
use crate::text;
use crate::wire::Fields;
use clock::UnixNanos;

/// Exemplars of a point that are kept; of more the first are. SDKs send one a bucket at most.
pub const EXEMPLARS: usize = 64;

/// Characters of an exemplar's labels, names and values together, beyond which only the ids are kept (OpenMetrics 1.0,
/// "Exemplars"; the Collector has the same rule).
const LABEL_CHARACTERS: usize = 128;

/// Lengths of ids (W3C Trace Context); what has another length is none.
const TRACE_ID_BYTES: usize = 16;
const SPAN_ID_BYTES: usize = 8;

/// A measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exemplar<'a> {
    /// What was measured.
    pub value: f64,
    /// When.
    pub time: UnixNanos,
    /// `trace_id` and `span_id` in hexadecimal, then attributes: names and values.
    labels: &'a [Label],
    text: &'a str,
}

/// Those of a batch, point by point.
#[derive(Debug, Default)]
pub struct Exemplars {
    heads: Vec<Head>,
    labels: Vec<Label>,
    text: String,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    point: u32,
    value: f64,
    time: UnixNanos,
    labels: Run,
}

/// Where a label's name and value stand: `text[start..middle]` and `text[middle..end]`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Label {
    start: u32,
    middle: u32,
    end: u32,
}

impl Exemplars {
    /// Appends the exemplars in the data point `message`, where they are field `number`, as those of point `point`. Points
    /// come in rising order.
    #[cold]
    pub fn read(&mut self, point: u32, number: u32, message: &[u8]) {
        let mut seen = 0;
        let mut fields = Fields::of(message);
        while let Ok(Some(field)) = fields.next() {
            if field.number == number && seen < EXEMPLARS {
                seen += 1;
                self.read_one(point, field.bytes().unwrap_or_default());
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "back-ends know doubles only")]
    fn read_one(&mut self, point: u32, message: &[u8]) {
        let (mut value, mut time) = (None, UnixNanos::UNKNOWN);
        let labels = self.labels.len();
        let (mut trace, mut span): (&[u8], &[u8]) = (&[], &[]);
        let mut fields = Fields::of(message);
        while let Ok(Some(field)) = fields.next() {
            match field.number {
                2 => time = UnixNanos(field.fixed64().unwrap_or(0)),
                3 => value = field.fixed64().ok().map(f64::from_bits),
                6 => value = field.fixed64().ok().map(|bits| bits.cast_signed() as f64),
                4 => span = field.bytes().unwrap_or_default(),
                5 => trace = field.bytes().unwrap_or_default(),
                _ => {}
            }
        }
        let Some(value) = value else { return };
        for (name, id, length) in [("trace_id", trace, TRACE_ID_BYTES), ("span_id", span, SPAN_ID_BYTES)] {
            if id.len() == length && id.iter().any(|&byte| byte != 0) {
                self.label(name, |text| {
                    for byte in id {
                        // Writing to a string cannot fail.
                        let _ = write!(text, "{byte:02x}");
                    }
                });
            }
        }
        self.read_attributes(labels, message);
        self.heads.push(Head { point, value, time, labels: Run::since(labels, &self.labels) });
    }

    /// Appends the attributes, unless the labels from `first` on would then be too long.
    fn read_attributes(&mut self, first: usize, message: &[u8]) {
        let (labels, text) = (self.labels.len(), self.text.len());
        let mut canonical = Vec::new();
        let mut fields = Fields::of(message);
        while let Ok(Some(field)) = fields.next() {
            if field.number != 7 {
                continue;
            }
            let attribute = field.bytes().and_then(attributes::read);
            canonical.clear();
            if attribute.and_then(|attribute| canonical::write(&attribute, &mut canonical)).is_ok() {
                let (name, value) = canonical::read(&canonical);
                self.label(name, |out| text::append(value, out));
            }
        }
        let start = self.labels.get(first).map_or(text, |label| label.start as usize);
        if self.text[start..].chars().count() > LABEL_CHARACTERS {
            self.labels.truncate(labels);
            self.text.truncate(text);
        }
    }

    fn label(&mut self, name: &str, write: impl FnOnce(&mut String)) {
        let start = self.text.len() as u32;
        self.text.push_str(name);
        let middle = self.text.len() as u32;
        write(&mut self.text);
        self.labels.push(Label { start, middle, end: self.text.len() as u32 });
    }

    /// Gives the exemplars of each point to the point that follows it, by index.
    pub fn hand_over(&mut self, follows: &[u32]) {
        for head in &mut self.heads {
            head.point = follows.get(head.point as usize).copied().unwrap_or(head.point);
        }
        self.heads.sort_by_key(|head| head.point);
    }

    /// The exemplars of a point.
    pub fn of(&self, point: usize) -> impl Iterator<Item = Exemplar<'_>> {
        let first = self.heads.partition_point(|head| (head.point as usize) < point);
        let own = self.heads[first..].iter().take_while(move |head| head.point as usize == point);
        own.map(|&Head { value, time, labels, .. }| Exemplar {
            value,
            time,
            labels: labels.of(&self.labels),
            text: &self.text,
        })
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Removes all and keeps the memory.
    pub fn clear(&mut self) {
        self.heads.clear();
        self.labels.clear();
        self.text.clear();
    }
}

impl<'a> Exemplar<'a> {
    /// Names and values.
    pub fn labels(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let text = self.text;
        self.labels.iter().map(move |label| {
            let [start, middle, end] = [label.start, label.middle, label.end].map(|at| at as usize);
            (&text[start..middle], &text[middle..end])
        })
    }
}
