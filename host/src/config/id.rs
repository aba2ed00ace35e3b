//! Ids of components, `type` or `type/name`, and the types that this build knows.

/// What a component does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// Takes data in.
    Receivers,
    /// Changes data.
    Processors,
    /// Sends data on.
    Exporters,
}

/// A type of component. Several have two spellings; the Collector renamed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `otlp`.
    OtlpReceiver,
    /// `memory_limiter`.
    MemoryLimiter,
    /// `batch`.
    Batch,
    /// `delta_to_cumulative`, formerly `deltatocumulative`.
    DeltaToCumulative,
    /// `prometheus_remote_write`, formerly `prometheusremotewrite`.
    PrometheusRemoteWrite,
    /// `prometheus`.
    Prometheus,
}

const TYPES: [(Section, &str, Type); 8] = [
    (Section::Receivers, "otlp", Type::OtlpReceiver),
    (Section::Processors, "memory_limiter", Type::MemoryLimiter),
    (Section::Processors, "batch", Type::Batch),
    (Section::Processors, "delta_to_cumulative", Type::DeltaToCumulative),
    (Section::Processors, "deltatocumulative", Type::DeltaToCumulative),
    (Section::Exporters, "prometheus_remote_write", Type::PrometheusRemoteWrite),
    (Section::Exporters, "prometheusremotewrite", Type::PrometheusRemoteWrite),
    (Section::Exporters, "prometheus", Type::Prometheus),
];

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

    /// The type in `id`.
    ///
    /// # Errors
    /// What is wrong with the id, and what would help.
    pub fn parse(self, id: &str) -> Result<Type, (String, String)> {
        let (word, name) = id.split_once('/').map_or((id, None), |(word, name)| (word.trim(), Some(name.trim())));
        if name.is_some_and(str::is_empty) {
            return Err(("the part after / is empty".into(), format!("write {word} or {word}/name")));
        }
        let known = || TYPES.into_iter().filter(|(section, ..)| *section == self);
        match known().find(|(_, known, _)| *known == word) {
            Some((.., found)) => Ok(found),
            None => {
                let words: Vec<&str> = known().map(|(_, word, _)| word).collect();
                let kind = self.key().trim_end_matches('s');
                Err((format!("this build has no {kind} of type {word}"), super::block::guess(word, &words)))
            }
        }
    }
}
