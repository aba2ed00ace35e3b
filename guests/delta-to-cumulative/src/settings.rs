//! The processor's block of the configuration, and what the guest asks of the host.

use std::cell::Cell;
use std::time::Duration;

use serde_json::Value;

use crate::bindings::exports::alluvium::processor::configure::{Guest, Needs, Problem};
use crate::host_calls::{COUNTERS, warn};
use crate::shape::{EXPONENTIAL_HISTOGRAM, HISTOGRAM, SUM};
use crate::{Component, WORDS, reason};

/// The Collector's default.
const DEFAULT_MAX_STALE: Duration = Duration::from_secs(5 * 60);

/// Which set of rules applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ordering {
    Merge,
    Strict,
}

thread_local! {
    // The one thing that is kept between calls. A thread's own, so that native tests may run side by side.
    static ORDERING: Cell<Ordering> = const { Cell::new(Ordering::Merge) };
}

/// The rules that `configure` chose.
pub(crate) fn ordering() -> Ordering {
    ORDERING.get()
}

impl Guest for Component {
    fn configure(settings: String) -> Result<Needs, Vec<Problem>> {
        let settings = Settings::parse(&settings)?;
        ORDERING.set(settings.ordering);
        if settings.warn_zero {
            warn("max_streams: 0 sets no limit here; the Collector would refuse every stream");
        }
        Ok(Needs {
            name: "delta-to-cumulative".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            kinds: vec![SUM, HISTOGRAM, EXPONENTIAL_HISTOGRAM],
            reads: Vec::new(),
            state_version: 1,
            number_words: WORDS as u32,
            // `strict` compares times with those of the stream, so that two in one cell would drop each other's points.
            additive: settings.ordering == Ordering::Merge,
            max_streams: settings.max_streams,
            max_idle: Some(u64::try_from(settings.max_stale.as_nanos()).unwrap_or(u64::MAX)),
            tick_every: None,
            drop_reasons: reason::NAMES.map(String::from).to_vec(),
            counters: COUNTERS.map(String::from).to_vec(),
            extra: Vec::new(),
        })
    }
}

struct Settings {
    ordering: Ordering,
    max_stale: Duration,
    max_streams: Option<u64>,
    warn_zero: bool,
}

impl Settings {
    fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let value: Value = serde_json::from_str(text).map_err(|error| vec![problem("", error.to_string())])?;
        let Value::Object(block) = value else {
            return Err(vec![problem("", "expected a map of settings".into())]);
        };
        let mut settings =
            Self { ordering: Ordering::Merge, max_stale: DEFAULT_MAX_STALE, max_streams: None, warn_zero: false };
        let mut problems = Vec::new();
        for (key, value) in &block {
            let result = match key.as_str() {
                "ordering" => read_ordering(value).map(|ordering| settings.ordering = ordering),
                "max_stale" => read_max_stale(value).map(|max_stale| settings.max_stale = max_stale),
                "max_streams" => read_max_streams(value).map(|limit| {
                    settings.max_streams = limit;
                    settings.warn_zero = limit.is_none();
                }),
                _ => Err("unknown key; this processor takes max_stale, max_streams and ordering".into()),
            };
            if let Err(message) = result {
                problems.push(problem(key, message));
            }
        }
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }
}

fn problem(path: &str, message: String) -> Problem {
    Problem { path: path.into(), message }
}

fn read_ordering(value: &Value) -> Result<Ordering, String> {
    match value.as_str() {
        Some("merge") => Ok(Ordering::Merge),
        Some("strict") => Ok(Ordering::Strict),
        _ => Err(format!("expected merge or strict (got {value})")),
    }
}

fn read_max_stale(value: &Value) -> Result<Duration, String> {
    let wrong = || format!("max_stale must be a positive duration such as 5m or 1h30m (got {value})");
    let text = value.as_str().ok_or_else(wrong)?;
    collector_duration::parse(text).filter(|duration| !duration.is_zero()).ok_or_else(wrong)
}

fn read_max_streams(value: &Value) -> Result<Option<u64>, String> {
    match value.as_u64() {
        Some(0) => Ok(None),
        Some(limit) => Ok(Some(limit)),
        None => Err(format!("max_streams must be a positive number (got {value})")),
    }
}
