//! Every answer of a guest is checked here before the data path uses it, whatever version of the interface it speaks.

mod histograms;

pub use histograms::{explicit, exponential};
use thiserror::Error;

use clock::UnixNanos;
use model::columns::{NumberRevision, Numbers};
use model::{Needs, Output, Plan, Verdict};

use super::limits::{CELL_WORDS, NAME_BYTES, NAMES, OUTPUTS, TICK_AT_LEAST};

/// Codes of `stream.kind`.
pub(crate) const GAUGE: u32 = 1;
pub(crate) const SUM: u32 = 2;
pub(crate) const HISTOGRAM: u32 = 3;
pub(crate) const EXPONENTIAL_HISTOGRAM: u32 = 4;
pub(crate) const SUMMARY: u32 = 5;

/// Codes of `needs.reads`.
pub const RESOURCE: u32 = 1;
/// The scope: name, version, attributes.
pub const SCOPE: u32 = 2;
/// The attributes of the point.
pub const POINT: u32 = 3;

/// A rule of the interface that an answer breaks.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// A column has another length than the call's points.
    #[error("column {column} has {length} entries; 0 or {expected} are allowed")]
    Length {
        /// Which one.
        column: &'static str,
        /// What came.
        length: usize,
        /// What would be right.
        expected: usize,
    },
    /// A code or an index is out of range.
    #[error("{what} {value} is out of range; it must be below {bound}")]
    Range {
        /// What it stands for.
        what: &'static str,
        /// What came.
        value: u64,
        /// The first value that is not allowed.
        bound: u64,
    },
    /// An offset that is smaller than the one before it.
    #[error("{column} fall from {before} to {offset}; they must rise")]
    Falling {
        /// Which column.
        column: &'static str,
        /// The offset.
        offset: u32,
        /// The one before it.
        before: u32,
    },
    /// A name or a text that does not follow its rule.
    #[error("{what} {value:?} {rule}")]
    Text {
        /// What it stands for.
        what: &'static str,
        /// What came, cut.
        value: String,
        /// The rule.
        rule: &'static str,
    },
    /// It takes on what it has no function for.
    #[error("{what} needs the interface {interface}, which the component does not export")]
    Unable {
        /// What it takes on.
        what: &'static str,
        /// What it would have to export.
        interface: &'static str,
    },
    /// Allowed by the interface, but this host cannot do it yet.
    #[error("{0} is not supported by this version of the host")]
    Unsupported(&'static str),
}

/// How a call looked, as far as its answer must agree with it.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Points sent.
    pub points: usize,
    /// Distinct rows.
    pub rows: usize,
    /// Words of a cell.
    pub words: usize,
    /// Drop reasons that the guest announced.
    pub reasons: usize,
}

/// The interfaces that a component exports, beside `configure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Abilities {
    /// `shape`.
    pub shapes: bool,
    /// `process-numbers`.
    pub numbers: bool,
    /// `process-histograms`.
    pub histograms: bool,
    /// `process-exponential-histograms`.
    pub exponential: bool,
}

impl Abilities {
    /// Whether points of any kind can be processed.
    #[must_use]
    pub fn processes(self) -> bool {
        self.numbers || self.histograms || self.exponential
    }

    /// Whether points of a stream of that kind can be processed.
    #[must_use]
    pub fn process(self, kind: u32) -> bool {
        match kind {
            GAUGE | SUM => self.numbers,
            HISTOGRAM => self.histograms,
            EXPONENTIAL_HISTOGRAM => self.exponential,
            _ => false,
        }
    }
}

/// Looks at what `configure` asks for.
///
/// # Errors
/// The first rule that it breaks.
pub fn needs(needs: &Needs, abilities: Abilities) -> Result<(), Violation> {
    text("name", &needs.name, is_hyphenated, "must be lower-case words joined by hyphens, 63 bytes at most")?;
    text("version", &needs.version, |text| text.is_ascii(), "must be 1 to 63 bytes of ASCII")?;
    for &kind in &needs.kinds {
        if !(GAUGE..=SUMMARY).contains(&kind) {
            return Err(Violation::Unsupported("a kind of stream beyond 5 (summary)"));
        }
        if !abilities.shapes && !abilities.process(kind) {
            return Err(Violation::Unable { what: "a kind of stream that it wants", interface: interface(kind) });
        }
    }
    for &part in &needs.reads {
        if !(RESOURCE..=POINT).contains(&part) {
            return Err(Violation::Text {
                what: "part of a description",
                value: part.to_string(),
                rule: "must be 1 (resource), 2 (scope) or 3 (attributes of the point)",
            });
        }
    }
    within("number-words", needs.number_words.into(), u64::from(CELL_WORDS) + 1)?;
    if let Some(step) = needs.tick_every {
        let least = TICK_AT_LEAST.as_nanos();
        if u128::from(step) < least {
            return Err(Violation::Text {
                what: "tick-every",
                value: step.to_string(),
                rule: "must be at least 100 ms in nanoseconds",
            });
        }
        return Err(Violation::Unsupported("tick"));
    }
    for names in [&needs.drop_reasons, &needs.counters] {
        within("number of names", names.len() as u64, NAMES as u64 + 1)?;
        for name in names {
            text("name", name, is_underscored, "must match [a-z0-9_]+, 63 bytes at most")?;
        }
    }
    Ok(())
}

fn text(what: &'static str, value: &str, follows: impl Fn(&str) -> bool, rule: &'static str) -> Result<(), Violation> {
    if !value.is_empty() && value.len() <= NAME_BYTES && follows(value) {
        return Ok(());
    }
    let value = value.chars().take(NAME_BYTES).collect();
    Err(Violation::Text { what, value, rule })
}

fn is_hyphenated(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_underscored(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

pub(super) fn verdict_count(verdicts: &[Verdict], streams: usize) -> Result<(), Violation> {
    if verdicts.len() == streams {
        return Ok(());
    }
    Err(Violation::Length { column: "verdicts", length: verdicts.len(), expected: streams })
}

/// The interface that processes points of a kind.
fn interface(kind: u32) -> &'static str {
    match kind {
        GAUGE | SUM => "process-numbers",
        HISTOGRAM => "process-histograms",
        EXPONENTIAL_HISTOGRAM => "process-exponential-histograms",
        _ => "shape",
    }
}

/// What a verdict was asked about, as far as it must agree with it.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Kind, temporality and monotonicity of the stream.
    pub kind: u32,
    /// See [`Self::kind`].
    pub temporality: u32,
    /// See [`Self::kind`].
    pub monotonic: bool,
    /// Words of a number stream's cell.
    pub words: usize,
    /// Drop reasons that the guest announced.
    pub reasons: usize,
    /// What it can do.
    pub abilities: Abilities,
}

/// Looks at one verdict.
///
/// # Errors
/// The first rule that it breaks.
pub fn verdict(verdict: &Verdict, asked: Asked) -> Result<(), Violation> {
    match verdict {
        Verdict::Pass => Ok(()),
        Verdict::Drop(reason) => within("drop reason", (*reason).into(), asked.reasons as u64),
        Verdict::Process(plan) => {
            let [only] = plan.outputs.as_slice() else {
                within("number of outputs", plan.outputs.len() as u64, OUTPUTS as u64 + 1)?;
                return Err(Violation::Unsupported("a number of outputs other than one"));
            };
            within("temporality", only.temporality.into(), 3)?;
            if asked.abilities.process(asked.kind) { processed(plan, only, asked) } else { shaped(plan, only, asked) }
        }
    }
}

fn processed(plan: &Plan, output: &Output, asked: Asked) -> Result<(), Violation> {
    let words = if asked.kind <= SUM { asked.words } else { CELL_WORDS as usize };
    within("words of the seed", plan.seed.len() as u64, words as u64 + 1)?;
    let stays = if asked.kind <= SUM { output.kind == GAUGE || output.kind == SUM } else { output.kind == asked.kind };
    if stays { Ok(()) } else { Err(Violation::Unsupported("an output of another form than the input")) }
}

/// A stream whose points the guest does not see can get another description, and nothing else.
fn shaped(plan: &Plan, output: &Output, asked: Asked) -> Result<(), Violation> {
    let same =
        [output.kind, output.temporality] == [asked.kind, asked.temporality] && output.monotonic == asked.monotonic;
    if output.description.is_none() || !same || !plan.seed.is_empty() {
        return Err(Violation::Unable { what: "the verdict `process`", interface: interface(asked.kind) });
    }
    Ok(())
}

fn within(what: &'static str, value: u64, bound: u64) -> Result<(), Violation> {
    if value < bound { Ok(()) } else { Err(Violation::Range { what, value, bound }) }
}

/// Looks at the answer of `process-numbers`: a revision that agrees with the call.
///
/// # Errors
/// The first rule that it breaks.
pub fn numbers(revision: NumberRevision, call: Call) -> Result<NumberRevision, Violation> {
    let NumberRevision { dropped, reasons, kinds, flags, starts, times, values, cells } = &revision;
    column("kinds", kinds.len(), call.points)?;
    column("flags", flags.len(), call.points)?;
    column("starts", starts.len(), call.points)?;
    column("times", times.len(), call.points)?;
    column("values", values.len(), call.points)?;
    column("cells", cells.len(), call.rows * call.words)?;
    if let Some(kind) = kinds.iter().find(|&&kind| kind > 2) {
        return Err(Violation::Range { what: "kind of value", value: (*kind).into(), bound: 3 });
    }
    drops(dropped, reasons, call)?;
    Ok(revision)
}

/// The bitmap of dropped points and their reasons.
fn drops(dropped: &[u64], reasons: &[u32], call: Call) -> Result<(), Violation> {
    column("dropped", dropped.len(), call.points.div_ceil(64))?;
    if let (Some(last), rest @ 1..) = (dropped.last(), call.points % 64)
        && last >> rest != 0
    {
        return Err(Violation::Range { what: "dropped point", value: call.points as u64, bound: call.points as u64 });
    }
    let set: usize = dropped.iter().map(|word| word.count_ones() as usize).sum();
    if reasons.len() != set {
        return Err(Violation::Length { column: "reasons", length: reasons.len(), expected: set });
    }
    for &reason in reasons {
        within("drop reason", reason.into(), call.reasons as u64)?;
    }
    Ok(())
}

/// Cuts times that lie after `latest`, and says how many did: a back-end that took one would refuse the present of its
/// series until then. Not a violation, as a guest that keeps times rising may be pushed over by its points.
pub fn limit_times(times: &mut [u64], UnixNanos(latest): UnixNanos) -> u64 {
    let mut cut = 0;
    for time in times {
        cut += u64::from(*time > latest);
        *time = (*time).min(latest);
    }
    cut
}

/// The columns of a question agree with each other; only tests could break this.
#[must_use]
pub fn is_whole(points: &Numbers) -> bool {
    let count = points.rows.len();
    [points.kinds.len(), points.starts.len(), points.times.len(), points.values.len()] == [count; 4]
        && (points.flags.is_empty() || points.flags.len() == count)
}

fn column(column: &'static str, length: usize, expected: usize) -> Result<(), Violation> {
    if length == 0 || length == expected { Ok(()) } else { Err(Violation::Length { column, length, expected }) }
}
