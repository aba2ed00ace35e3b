//! Where a shard's points go: the exporters' side of a shard.

use std::any::Any;

use super::batch::Batch;
use super::drops::Reason;
use model::Origin;
use streams::describe::View;

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

    /// Answers a question that an exporter asks all its parts, in place: of a type that it knows itself. Others ignore it.
    fn ask(&mut self, _question: &mut dyn Any, _now: u64) {}

    /// Memory in use, bytes.
    fn memory(&self) -> usize;
}
