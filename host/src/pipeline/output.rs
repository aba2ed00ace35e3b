//! Where a shard's points go: the exporters' side of a shard.

use std::collections::HashMap;

use super::batch::Batch;
use super::drops::Reason;
use crate::exporters::exposition::{Line, Visitor};
use crate::stream::describe::View;

/// Where the totals of a stream are made, which says what its first value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// By a stage, from deltas: a stream that is new here begins at zero.
    Here,
    /// By the sender: its first value may be of any age.
    Elsewhere,
}

/// One exporter's part in one shard; called by the shard's thread only.
pub trait Output: Send {
    /// Whether delta sums may be written.
    fn takes_deltas(&self) -> bool {
        false
    }

    /// Takes in a stream. What is learnt from its description is kept by the number of its row.
    ///
    /// # Errors
    /// Why no point of this stream can be written; it is then not taken in.
    fn describe(&mut self, row: u32, view: View<'_>, origin: Origin) -> Result<(), Reason>;

    /// Forgets a stream.
    fn forget(&mut self, row: u32);

    /// Writes the points that are still alive. Room for them has been reserved; nothing can be refused any more.
    fn write(&mut self, batch: &Batch, now: u64);

    /// Lets time pass: whatever has waited long enough goes out.
    fn tick(&mut self, now: u64);

    /// Sends on whatever is held back, at the end.
    fn flush(&mut self);

    /// Answers a scrape, if this exporter is scraped: appends its lines, and what it knows of their families in words.
    fn scrape(&mut self, _visitor: Visitor, _now: u64, _lines: &mut Vec<Line>, _help: &mut HashMap<String, String>) {}

    /// Memory in use, bytes.
    fn memory(&self) -> usize;
}
