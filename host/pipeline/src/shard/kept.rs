//! All that a shard keeps of its streams, in an order that does not depend on how it came to know them.

use super::Shard;
use otlp::key::Keyer;

/// What is kept of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptSource {
    /// Stands for its identity.
    pub key: u128,
    /// When it last got a point, seconds by the clock that nobody sets.
    pub last_seen: u32,
    /// The points by which re-sends are recognised: digest and time, sorted.
    pub points: Vec<(u64, u32)>,
    /// What it has while it lives.
    pub row: Option<KeptRow>,
}

/// What is kept of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptRow {
    /// Stands for the identity of its description.
    pub key: u128,
    /// Its state at each stage that processes it.
    pub state: Vec<Vec<u64>>,
}

impl Shard {
    /// What is kept of all sources, sorted.
    #[must_use]
    pub fn kept(&self, keyer: &Keyer) -> Vec<KeptSource> {
        let table = &self.streams.table;
        let source = |(number, entry): (u32, &::streams::table::Entry)| KeptSource {
            key: table.descriptions.view(number).key(keyer),
            last_seen: entry.last_seen,
            points: table.dedup.points(entry.window),
            row: table.is_alive(number).then(|| self.row(entry.row, keyer)),
        };
        let mut kept: Vec<KeptSource> = table.sources().map(source).collect();
        kept.sort_unstable();
        kept
    }

    fn row(&self, number: u32, keyer: &Keyer) -> KeptRow {
        let table = &self.streams.table;
        let row = table.entry(number);
        let stages = self.streams.stages.iter().enumerate().filter(|(index, _)| row.decisions & 1 << index != 0);
        let state = stages.map(|(_, stage)| stage.state(number, row.traits().kind)).collect();
        KeptRow { key: table.descriptions.view(number).key(keyer), state }
    }
}
