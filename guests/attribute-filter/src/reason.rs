//! Why a stream is dropped. The names are announced to the host, which counts by them.

/// Names of the reasons.
pub(crate) const NAMES: [&str; 1] = ["filtered"];

/// The index of the one there is: a rule says so.
pub(crate) const FILTERED: u32 = 0;
