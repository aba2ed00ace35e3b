//! Ordered delivery: items wait in a [`Lane`], and each is tried until it is delivered, refused for good or given up.
//!
//! A lane has one item in flight, so that a retry never overtakes what was queued before it. Lanes are independent of each
//! other: one that waits for its next attempt holds no other up. What an attempt is, and how an item that was refused is
//! split, is the [`Attempt`]'s to say; this crate knows no protocol and opens no connection.

mod attempt;
mod backoff;
mod causes;
mod counts;
mod destination;
mod lane;
mod runner;

#[cfg(test)]
mod tests;

pub use attempt::{Attempt, Item, Outcome};
pub use backoff::{Backoff, Retry};
pub use counts::DeliveryCounts;
pub use destination::Destination;
pub use lane::Lane;
pub use runner::Runner;
