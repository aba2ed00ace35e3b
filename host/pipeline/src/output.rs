//! Where a shard's points go: the exporters' side of it.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::batch::Batch;
use super::drops::Reason;
use super::shard::outside::Outside;
use clock::Moment;
use model::Origin;
use streams::OutputStream;
use streams::describe::View;

/// What an exporter calls a stream, of a type that only it knows: made once by its [`Label`], used by its [`Output`].
#[derive(Clone)]
pub struct Labels {
    labels: Arc<dyn Any + Send + Sync>,
    bytes: usize,
}

impl Labels {
    /// Labels of an exporter's own type, which take so many bytes.
    #[must_use]
    pub fn new(labels: impl Any + Send + Sync, bytes: usize) -> Self {
        Self { labels: Arc::new(labels), bytes }
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.bytes
    }

    /// The labels, if they are of that type.
    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.labels.downcast_ref()
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Labels")
    }
}

/// An exporter's part where streams are decided about: makes its labels.
pub trait Label: Send {
    /// Whether delta sums may be written.
    fn takes_deltas(&self) -> bool {
        false
    }

    /// What the exporter calls a stream, as it comes out of the stages.
    ///
    /// # Errors
    /// Why no point of this stream can be written; it is then not taken in.
    fn label(&mut self, view: View<'_>) -> Result<Labels, Reason>;

    /// What tells the series of this stream from others: streams for which it is equal meet in one shard. None where the
    /// exporter does not care.
    fn series_key<'a>(&self, labels: &'a Labels) -> Option<&'a [u8]>;

    /// Memory in use, bytes.
    fn memory(&self) -> usize {
        0
    }
}

/// One exporter's part in one shard; called by the shard's thread only. It reads no clock.
pub trait Output: Send {
    /// Takes in a stream. What is learnt from its description is kept by its number.
    ///
    /// # Errors
    /// Why no point of this stream can be written; it is then not taken in.
    fn describe(&mut self, stream: OutputStream, view: View<'_>, origin: Origin, labels: &Labels)
    -> Result<(), Reason>;

    /// Forgets a stream.
    fn forget(&mut self, stream: OutputStream);

    /// Writes the points that are still alive. Budget for them has been reserved; nothing can be refused any more.
    fn write(&mut self, batch: &Batch, now: Moment, outside: &mut dyn Outside);

    /// Lets time pass: whatever has waited long enough goes out.
    fn tick(&mut self, now: Moment, outside: &mut dyn Outside);

    /// Sends on whatever is held back, at the end.
    fn flush(&mut self, now: Moment);

    /// Answers a question that an exporter asks all its parts, in place: of a type that it knows itself. Others ignore it.
    fn ask(&mut self, _question: &mut dyn Any, _now: Moment) {}

    /// Memory in use, bytes.
    fn memory(&self) -> usize;
}
