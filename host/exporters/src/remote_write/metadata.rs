//! What families are: type, help and unit, sent in requests of their own (remote write 1.0, `MetricMetadata`). New ones go
//! out with the next tick, and all of them once a minute, as Prometheus does: a back-end keeps them in memory only.

use std::collections::BTreeMap;
use std::time::Duration;

use super::encode::put_text;
use clock::UnixNanos;
use model::Kind;
use streams::describe::View;

/// What is remembered of all families, bytes: thousands of them. A sender may invent more.
const FAMILIES_BYTES: usize = 1 << 20;

/// How often all are sent.
const EVERY: Duration = Duration::from_secs(60);

/// `WriteRequest.metadata`, and the fields of a `MetricMetadata`.
const METADATA: u8 = 3 << 3 | 2;
const TYPE: u8 = 1 << 3;
const FAMILY: u8 = 2 << 3 | 2;
const HELP: u8 = 4 << 3 | 2;
const UNIT: u8 = 5 << 3 | 2;

/// The families of one exporter in one shard.
#[derive(Debug, Default)]
pub struct Metadata {
    /// Each as it stands in a request, by name.
    families: BTreeMap<Box<str>, Box<[u8]>>,
    /// Bytes of all of them.
    bytes: usize,
    /// Those that have not been sent.
    fresh: Vec<u8>,
    /// When all were last sent.
    sent: UnixNanos,
    /// Bytes of what is said of a family, at most.
    most: usize,
}

impl Metadata {
    /// What is said of a family takes so many bytes at most, if there is a limit.
    #[must_use]
    pub fn new(most: Option<usize>) -> Self {
        Self { most: most.unwrap_or(usize::MAX), ..Self::default() }
    }

    /// Remembers what the family `name` is. What its first stream says stays.
    pub fn note(&mut self, name: &str, view: View<'_>) {
        if self.families.contains_key(name) {
            return;
        }
        let mut message = vec![TYPE, type_code(view)];
        let room = self.most.saturating_sub(type_name(view).len() + name.len() + view.unit().len());
        let help = view.description();
        let help = &help[..help.floor_char_boundary(room.min(help.len()))];
        for (key, text) in [(FAMILY, name), (HELP, help), (UNIT, view.unit())] {
            if !text.is_empty() {
                put_text(key, text, &mut message);
            }
        }
        let mut entry = Vec::with_capacity(message.len() + 4);
        super::encode::put_message(METADATA, &message, &mut entry);
        if self.bytes + entry.len() > FAMILIES_BYTES {
            return;
        }
        self.bytes += entry.len();
        self.fresh.extend_from_slice(&entry);
        self.families.insert(name.into(), entry.into());
    }

    /// A request with what is due, if anything is; not compressed.
    pub fn due(&mut self, now: UnixNanos) -> Option<Vec<u8>> {
        if self.families.is_empty() {
            return None;
        }
        if now.since(self.sent) >= EVERY {
            self.sent = now;
            self.fresh.clear();
            return Some(self.families.values().flat_map(|entry| entry.iter().copied()).collect());
        }
        (!self.fresh.is_empty()).then(|| std::mem::take(&mut self.fresh))
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        // A name is part of its entry.
        2 * self.bytes + self.families.len() * size_of::<(Box<str>, Box<[u8]>)>()
    }
}

/// `MetricMetadata.MetricType`. A sum that may fall is a gauge to Prometheus.
fn type_code(view: View<'_>) -> u8 {
    match (view.traits().kind, view.traits().monotonic) {
        (Kind::Sum, true) => 1,
        (Kind::Gauge | Kind::Sum, _) => 2,
        (Kind::Histogram | Kind::ExponentialHistogram, _) => 3,
        (Kind::Summary, _) => 5,
    }
}

/// The same as a word.
fn type_name(view: View<'_>) -> &'static str {
    match type_code(view) {
        1 => "counter",
        2 => "gauge",
        3 => "histogram",
        _ => "summary",
    }
}
