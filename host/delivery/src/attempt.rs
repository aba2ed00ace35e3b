//! What is delivered, and how.

use std::error::Error;
use std::time::Duration;

use budget::Reservation;

/// What is delivered: a request, as a rule.
pub trait Item: Send + Sync + 'static {
    /// Samples or data points in it: what [`DeliveryCounts`](crate::DeliveryCounts) adds up.
    fn points(&self) -> usize;
}

/// How items are delivered. All lanes to a destination share one.
pub trait Attempt: Send + Sync + 'static {
    /// What is delivered.
    type Item: Item;
    /// Why an attempt did not deliver it.
    type Error: Error + Send + Sync;

    /// Tries once. What depends on the time of the attempt, such as a signature, is made here, anew for each attempt. An
    /// attempt that may never end has to end itself.
    fn attempt(&self, item: &Self::Item) -> impl Future<Output = Outcome<Self::Error>> + Send;

    /// The items that are delivered, in this order, in place of one that was refused for good: the parts of it for which
    /// another answer is to be hoped for. None, as by default, if the refusal is final. What the parts hold in addition to
    /// the item is to be added to `reservation`.
    fn split(&self, _item: &Self::Item, _refusal: &Self::Error, _charge: &mut Reservation) -> Vec<Self::Item> {
        Vec::new()
    }
}

/// What came of an attempt.
#[derive(Debug)]
pub enum Outcome<E> {
    /// The receiver has the item.
    Delivered,
    /// The receiver does not want the item; the same again would be refused again.
    Refused(E),
    /// The receiver takes no items as things are, whatever is in them: it does not know this client, for example, or is not
    /// where it is looked for. The item waits until that has been mended. Only a host that stops, or that makes no retries,
    /// gives it up.
    Held {
        /// What happened.
        error: E,
        /// The next attempt comes no earlier.
        pause: Duration,
    },
    /// The receiver is not known to have the item; another attempt may succeed.
    Failed {
        /// What happened.
        error: E,
        /// How long the receiver asks to be left alone, if it does.
        retry_after: Option<Duration>,
    },
}
