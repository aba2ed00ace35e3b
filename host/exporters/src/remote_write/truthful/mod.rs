//! Counters whose `increase()` is true: a run of zeros in front of each new total, the total repeated while its stream lives,
//! and a staleness marker when it ends.
//!
//! What is written in addition has to be newer than all that anybody else has written of a series: [`ownership`] says from
//! when on this process is the one that writes, [`sent`] what it has sent itself. [`added`] does it all for a writer; which
//! totals are repeated say [`repeats`], and what [`room`] there is must leave enough for points. A request whose answer was
//! lost is [`repeated`] without zeros.

pub mod added;
pub mod block;
pub mod ownership;
pub mod repeated;
pub mod repeats;
pub mod room;
pub mod sent;

/// What Snappy makes of a zero of a run, bytes, at most: a copy of the zero before it, but for one byte of its time.
pub const COMPRESSED_ZERO: usize = 6;
