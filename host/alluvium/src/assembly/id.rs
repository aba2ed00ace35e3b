//! Ids of components, `type` or `type/name`, and the types that this build knows.

use config::guess::nearest;
use config::scalar::shown;

/// What a component does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Takes data in.
    Receivers,
    /// Changes data.
    Processors,
    /// Sends data on.
    Exporters,
}

/// All of them, in the order of the data.
pub const SECTIONS: [Section; 3] = [Section::Receivers, Section::Processors, Section::Exporters];

/// A type of component. Several have two spellings; the Collector renamed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `otlp`.
    OtlpReceiver,
    /// `memory_limiter`.
    MemoryLimiter,
    /// `batch`.
    Batch,
    /// `attribute_filter`.
    AttributeFilter,
    /// `delta_to_cumulative`, formerly `deltatocumulative`.
    DeltaToCumulative,
    /// `prometheus_remote_write`, formerly `prometheusremotewrite`.
    PrometheusRemoteWrite,
    /// `prometheus`.
    Prometheus,
    /// `debug`.
    Debug,
}

const TYPES: [(Section, &str, Type); 10] = [
    (Section::Receivers, "otlp", Type::OtlpReceiver),
    (Section::Processors, "memory_limiter", Type::MemoryLimiter),
    (Section::Processors, "batch", Type::Batch),
    (Section::Processors, "attribute_filter", Type::AttributeFilter),
    (Section::Processors, "delta_to_cumulative", Type::DeltaToCumulative),
    (Section::Processors, "deltatocumulative", Type::DeltaToCumulative),
    (Section::Exporters, "prometheus_remote_write", Type::PrometheusRemoteWrite),
    (Section::Exporters, "prometheusremotewrite", Type::PrometheusRemoteWrite),
    (Section::Exporters, "prometheus", Type::Prometheus),
    (Section::Exporters, "debug", Type::Debug),
];

/// The name of a component has at most so many characters: the Collector's bound.
const NAME: usize = 1_024;

impl Section {
    /// The section's key.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Receivers => "receivers",
            Self::Processors => "processors",
            Self::Exporters => "exporters",
        }
    }

    /// One of its components.
    #[must_use]
    pub fn noun(self) -> &'static str {
        self.key().trim_end_matches('s')
    }

    /// The type in `id`, and the name behind it, if any.
    ///
    /// # Errors
    /// What is wrong with the id, and what would help.
    pub fn parse(self, id: &str) -> Result<(Type, &str), (String, String)> {
        let (word, name) = split(id)?;
        let known = || TYPES.into_iter().filter(move |(section, ..)| *section == self);
        if let Some((.., found)) = known().find(|(_, known, _)| *known == word) {
            return Ok((found, name));
        }
        let message = format!("this build has no {} of type {}", self.noun(), shown(word));
        let words: Vec<&str> = known().map(|(_, word, _)| word).collect();
        let help = match nearest(word, &words) {
            Some(near) => format!("did you mean {near}?"),
            None => match TYPES.into_iter().find(|(_, known, _)| *known == word) {
                Some((other, ..)) => format!("{word} belongs into the section {}", other.key()),
                None => format!("remove it here and from the pipelines; there are {}", words.join(", ")),
            },
        };
        Err((message, help))
    }
}

/// The two parts of an id; the second may be missing.
///
/// # Errors
/// What is wrong with the second, and what would help.
pub fn split(id: &str) -> Result<(&str, &str), (String, String)> {
    let Some((word, name)) = id.split_once('/') else { return Ok((id.trim(), "")) };
    let (word, name) = (word.trim(), name.trim());
    let help = format!("write {word}, or {word}/ and a name of letters and digits");
    if name.is_empty() {
        return Err(("nothing stands behind the /".into(), help));
    }
    let is_odd = |character: char| character.is_whitespace() || character.is_control();
    if name.contains(is_odd) || name.chars().nth(NAME).is_some() {
        return Err((format!("the name behind the / is too long or has a blank in it: {}", shown(name)), help));
    }
    Ok((word, name))
}
