//! Streams: who they are, and what is kept of each.
//!
//! A point arrives with the key of a byte form ([`memo`]); on a miss its canonical identity is made and compared
//! (`otlp::canonical`, [`describe`], [`intern`]). From then on the stream is a number into tables ([`table`]): recent points
//! ([`dedup`]) and the guests' state ([`cells`]).

pub mod cells;
pub mod dedup;
pub mod describe;
pub mod intern;
pub mod memo;
pub mod numbers;
mod prefetch;
pub mod refused;
pub mod slab;
mod stream;
pub mod table;
pub mod variable;

pub use prefetch::{AHEAD, prefetch};
pub use stream::{InputStream, OutputStream, Slot};

#[cfg(test)]
mod tests;
