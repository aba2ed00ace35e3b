//! What processors ask for, and what they decide about streams.

use crate::StreamDescription;

/// Something wrong in the settings of a processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, as a path of keys and indexes joined by dots; empty for the whole.
    pub path: String,
    /// What is wrong and what would be right, one line.
    pub message: String,
}

/// What a processor needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Needs {
    /// Its name, in lower-case words joined by hyphens.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Codes of the kinds of stream that it wants to see; all others pass by.
    pub kinds: Vec<u32>,
    /// Parts of a description that it reads: 1 resource, 2 scope, 3 attributes of the point.
    pub reads: Vec<u32>,
    /// Version of the layout of its state cells; 0 if it keeps no state.
    pub state_version: u32,
    /// Whether the state of several delta streams that become one may be kept in one cell.
    pub additive: bool,
    /// 64-bit words of the state cell of a number stream.
    pub number_words: u32,
    /// How many streams with state there may be.
    pub max_streams: Option<u64>,
    /// After how many nanoseconds without a point a stream is evicted.
    pub max_idle: Option<u64>,
    /// Nanoseconds between two ticks.
    pub tick_every: Option<u64>,
    /// Names of the reasons for which it drops points.
    pub drop_reasons: Vec<String>,
    /// Names of its own counters.
    pub counters: Vec<String>,
}

/// What becomes of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Its points are dropped, for that reason among [`Needs::drop_reasons`].
    Drop(u32),
    /// It goes by unchanged.
    Pass,
    /// It is processed, or gets another description.
    Process(Plan),
}

/// How a stream is processed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// What its points turn into.
    pub outputs: Vec<Output>,
    /// First words of the state cell of a fresh row; the whole cell for kinds that are no numbers.
    pub seed: Vec<u64>,
}

/// A stream that comes out of a processor.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Its description; none for the input's own with the three values below.
    pub description: Option<StreamDescription>,
    /// The code of [`Kind`](crate::Kind).
    pub kind: u32,
    /// OTLP's code: 0 unspecified, 1 delta, 2 cumulative.
    pub temporality: u32,
    /// Sums only.
    pub monotonic: bool,
}
