//! All that a shard keeps of its streams, in an order that does not depend on how it came to know them.

use super::Shard;
use ::streams::describe::IdentityKey;
use ::streams::table::Entry;
use ::streams::{InputStream, OutputStream};
use clock::MonotonicSeconds;
use otlp::key::Keyer;

/// What is kept of an input stream.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptInput {
    /// Stands for its identity.
    pub key: IdentityKey,
    /// When it last got a point.
    pub last_seen: MonotonicSeconds,
    /// The points by which re-sends are recognised: digest and time, sorted.
    pub points: Vec<(u64, u32)>,
    /// What it has while it lives.
    pub output: Option<KeptOutput>,
}

/// What is kept of an output stream.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptOutput {
    /// Stands for the identity of its description.
    pub key: IdentityKey,
    /// Its state at each stage that processes it.
    pub state: Vec<Vec<u64>>,
}

impl Shard {
    /// What is kept of all input streams, sorted.
    #[must_use]
    pub fn kept(&self, keyer: &Keyer) -> Vec<KeptInput> {
        let table = &self.streams.table;
        let input = |(input, entry): (InputStream, &Entry)| KeptInput {
            key: table.descriptions.view(input.identity()).key(keyer),
            last_seen: entry.last_seen,
            points: table.dedup.points(entry.window),
            output: table.is_alive(input).then(|| self.output(entry.output, keyer)),
        };
        let mut kept: Vec<KeptInput> = table.inputs().map(input).collect();
        kept.sort_unstable();
        kept
    }

    fn output(&self, stream: OutputStream, keyer: &Keyer) -> KeptOutput {
        let table = &self.streams.table;
        let output = table.output(stream);
        let stages = self.streams.stages.iter().enumerate().filter(|(index, _)| output.decisions & 1 << index != 0);
        let state = stages.map(|(_, stage)| stage.state(stream, output.traits().kind)).collect();
        KeptOutput { key: table.descriptions.view(stream.identity()).key(keyer), state }
    }
}
