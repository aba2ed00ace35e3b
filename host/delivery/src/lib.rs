//! Ordered delivery: items wait in a [`Lane`], and each is tried until it is delivered, refused for good or given up.
//!
//! A lane has one item in flight, so that a retry never overtakes what was queued before it. Lanes are independent of each
//! other: one that waits for its next attempt holds no other up. What an attempt is, and how an item that was refused is
//! divided, is the [`Attempt`]'s to say; which of its pieces are to blame is found by a [`Search`]. This crate knows no
//! protocol and opens no connection.

mod apart;
mod attempt;
mod backoff;
mod causes;
mod counts;
mod deliver;
mod destination;
mod lane;
mod pace;
mod pieces;
mod runner;
mod search;
mod try_apart;
mod work;

#[cfg(test)]
mod tests;

pub use attempt::{Attempt, Before, Expectation, Item, Outcome, Reach, Remainder};
pub use backoff::{Backoff, Retry};
pub use counts::DeliveryCounts;
pub use destination::Destination;
pub use lane::Lane;
pub use pieces::{Pieces, Undivided};
pub use runner::Runner;
pub use search::Search;
