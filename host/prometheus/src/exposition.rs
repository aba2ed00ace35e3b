//! Prometheus' text format 0.0.4: what is scraped.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use crate::label_set::{LabelSet, NAME};

/// The media type of a page.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Who asks for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visitor {
    /// Prometheus, or what scrapes as it does.
    Scraper,
    /// Anybody else: a person, a script.
    Person,
}

/// A line of a page: a series and its value.
#[derive(Debug)]
pub struct Line {
    /// `name{labels} value` and a line feed.
    pub text: String,
    /// The type of the family.
    pub kind: &'static str,
    /// Bytes of the family's name, with which the text begins.
    family: usize,
    /// Where those of the labels stand that the series of a family share.
    labels: Range<usize>,
    /// Its place among those that share them.
    place: usize,
}

impl Line {
    /// A series of a family of its own name; `labelled` as [`labelled`] makes it.
    #[must_use]
    pub fn new(labelled: &[u8], value: f64, kind: &'static str) -> Self {
        let mut line = Self::of_family("", labelled, value, kind, 0);
        line.family = line.text.find(['{', ' ']).unwrap_or(0);
        line
    }

    /// The series at `place` in the family `name`.
    #[must_use]
    pub fn of_family(name: &str, labelled: &[u8], value: f64, kind: &'static str, place: usize) -> Self {
        let labelled = String::from_utf8_lossy(labelled);
        let start = labelled.find('{').map_or(labelled.len(), |brace| brace + 1);
        let end = start + shared_labels(&labelled[start..]);
        let text = format!("{labelled} {}\n", number(value));
        Self { text, kind, family: name.len(), labels: start..end, place }
    }

    /// The name of the family.
    #[must_use]
    pub fn family(&self) -> &str {
        &self.text[..self.family]
    }

    /// Lines in the order of a page: family by family, and each histogram in the order of its buckets.
    fn key(&self) -> (&str, &str, usize, &str) {
        (self.family(), &self.text[self.labels.clone()], self.place, &self.text)
    }
}

/// How far the labels go that the series of a family share: up to the last one, if that is what tells them apart.
fn shared_labels(labels: &str) -> usize {
    let is_last = |at: usize, own: &str| {
        let is_label = at == 0 || labels[..at].ends_with(',');
        // Its value ends with the labels: what looks like it inside of another value does not.
        is_label && labels[at + own.len()..].find('"') == labels[at + own.len()..].len().checked_sub("\"}".len())
    };
    let own = ["le=\"", "quantile=\""];
    let own =
        own.into_iter().filter_map(|own| labels.rmatch_indices(own).map(|(at, _)| at).find(|at| is_last(*at, own)));
    let end = own.max().unwrap_or(labels.len());
    labels[..end].trim_end_matches(['}', ',']).len()
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Line {}

impl PartialOrd for Line {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Line {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// A page, family by family: all lines of a family must stand together.
#[derive(Debug, Default)]
pub struct Page {
    families: BTreeMap<String, Family>,
}

#[derive(Debug)]
struct Family {
    kind: &'static str,
    help: String,
    lines: String,
}

impl Page {
    /// Adds a line that has been rendered; those of a family come in their order.
    pub fn add_line(&mut self, line: &Line, help: &str) {
        self.family(line.family(), line.kind, help).lines.push_str(&line.text);
    }

    /// Adds one sample. `labels` are names and values, in the order in which they shall stand.
    pub fn add(&mut self, name: &str, kind: &'static str, help: &str, labels: &[(&str, &str)], value: f64) {
        let mut line = series(name, labels.iter().copied());
        // Writing to a string cannot fail.
        let _ = writeln!(line, " {}", number(value));
        self.family(name, kind, help).lines.push_str(&line);
    }

    /// Adds a histogram: how many values are at most each of `bounds`, how many there are, and their sum.
    pub fn add_histogram(
        &mut self,
        name: &str,
        help: &str,
        labels: &[(&str, &str)],
        buckets: impl Iterator<Item = (f64, u64)>,
        (count, sum): (u64, f64),
    ) {
        let family = self.family(name, "histogram", help);
        let mut add = |ending: &str, bound: Option<&str>, value: f64| {
            let labels = labels.iter().copied().chain(bound.map(|bound| ("le", bound)));
            let series = series(&format!("{name}{ending}"), labels);
            // Writing to a string cannot fail.
            let _ = writeln!(family.lines, "{series} {}", number(value));
        };
        for (bound, below) in buckets {
            add("_bucket", Some(&number(bound)), below as f64);
        }
        add("_bucket", Some("+Inf"), count as f64);
        add("_sum", None, sum);
        add("_count", None, count as f64);
    }

    fn family(&mut self, name: &str, kind: &'static str, help: &str) -> &mut Family {
        self.families.entry(name.to_owned()).or_insert_with(|| {
            let help = help.replace('\\', "\\\\").replace('\n', "\\n");
            Family { kind, help, lines: String::new() }
        })
    }

    /// The page's text.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        for (name, Family { kind, help, lines }) in &self.families {
            if !help.is_empty() {
                let _ = writeln!(text, "# HELP {name} {help}");
            }
            let _ = writeln!(text, "# TYPE {name} {kind}");
            text.push_str(lines);
        }
        text
    }
}

/// Name and labels of a series as they stand in front of its value.
#[must_use]
pub fn series<'a>(name: &str, labels: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = name.to_owned();
    let mut first = true;
    for (label, value) in labels {
        text.push(if std::mem::take(&mut first) { '{' } else { ',' });
        text.push_str(label);
        text.push_str("=\"");
        for character in value.chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                _ => text.push(character),
            }
        }
        text.push('"');
    }
    if !first {
        text.push('}');
    }
    text
}

/// The same for labels that hold the metric's name. What tells the series of a histogram or a summary apart comes last.
#[must_use]
pub fn labelled(labels: &LabelSet) -> String {
    let is_own = |label: &str| label == "le" || label == "quantile";
    let name = labels.get(NAME).unwrap_or_default();
    let others = labels.iter().filter(|(label, _)| *label != NAME && !is_own(label));
    series(name, others.chain(labels.iter().filter(|(label, _)| is_own(label))))
}

/// A number as Prometheus reads it.
#[must_use]
pub fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".into() } else { "-Inf".into() }
    } else {
        value.to_string()
    }
}
