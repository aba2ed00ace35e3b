//! Where totals are made.

/// Where the totals of a stream are made, which says what its first value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// By a stage, from deltas: a stream that is new here begins at zero.
    Accumulated,
    /// By the sender: its first value may be of any age.
    PassedThrough,
}
