//! What is delivered, and how.

use std::error::Error;
use std::time::Duration;

use crate::Pieces;

/// What is delivered: a request, as a rule.
pub trait Item: Send + Sync + 'static {
    /// Samples or data points in it: what [`DeliveryCounts`](crate::DeliveryCounts) adds up.
    fn points(&self) -> usize;
}

/// How items are delivered. All lanes to a destination share one.
pub trait Attempt: Send + Sync + 'static {
    /// What is delivered.
    type Item: Item;
    /// An item that is taken apart.
    type Pieces: Pieces<Item = Self::Item>;
    /// Why an attempt did not deliver it.
    type Error: Error + Send + Sync;

    /// Tries once. What depends on the time of the attempt, such as a signature, is made here, anew for each attempt. An
    /// attempt that may never end has to end itself.
    fn attempt(&self, item: &Self::Item) -> impl Future<Output = Outcome<Self::Error>> + Send;

    /// Looks at an item before each attempt.
    fn before(&self, _item: &Self::Item) -> Before {
        Before::Send
    }

    /// The pieces of an item; none, as by default, if it cannot be taken apart.
    fn divide(&self, _item: &Self::Item) -> Option<Self::Pieces> {
        None
    }

    /// Hears of points that were refused for good, alone where the item can be taken apart. Says whether later pieces with
    /// the same key may be refused as well, so that they are sent apart.
    fn refused(&self, _item: &Self::Item, _error: &Self::Error) -> Expectation {
        Expectation::Lasting
    }

    /// Hears of an item of which the receiver has taken a part.
    fn partly(&self, _item: &Self::Item, _error: &Self::Error) {}
}

/// What is to be done with an item before an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// It is sent.
    Send,
    /// It has waited too long to be of use: nobody sends it.
    Discard,
}

/// What a refusal says of later pieces with the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// They may be refused as well.
    Lasting,
    /// Nothing.
    Passing,
}

/// What came of an attempt.
#[derive(Debug)]
pub enum Outcome<E> {
    /// The receiver has the item.
    Delivered,
    /// The receiver has taken what is good in the item. The rest would be refused again.
    Partly(E),
    /// Some piece is bad: it is sought, and the others are delivered.
    Refused {
        /// What happened.
        error: E,
        /// What has become of the others.
        remainder: Remainder,
    },
    /// The receiver has taken nothing, as the item is too large: it is sent in parts.
    TooLarge(E),
    /// The receiver does not want the item, and no part of it.
    Rejected(E),
    /// The receiver takes no items as things are, whatever is in them: it does not know this client, for example, or is not
    /// where it is looked for. The item waits until that has been mended. Only a host that stops, or that makes no retries,
    /// gives it up.
    Held {
        /// What happened.
        error: E,
        /// The next attempt comes no earlier.
        pause: Duration,
    },
    /// The receiver has too much to do. Asked again, it is asked for less.
    Busy {
        /// What happened.
        error: E,
        /// How long the receiver asks to be left alone, if it does.
        retry_after: Option<Duration>,
    },
    /// The receiver is not known to have the item; another attempt may succeed.
    Failed {
        /// What happened.
        error: E,
        /// How long the receiver asks to be left alone, if it does.
        retry_after: Option<Duration>,
        /// How far the item came.
        reach: Reach,
    },
}

/// What has become of the good pieces of an item that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remainder {
    /// The receiver has none of them.
    Missing,
    /// The receiver has them, and takes them again without harm: only some requests are made to find the bad ones.
    Stored,
}

/// How far an item came in an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nothing of it can have arrived, nor can it be to blame.
    Nowhere,
    /// It may have arrived, and may be to blame.
    Receiver,
}
