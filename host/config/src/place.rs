//! Where something stands in what was read.

/// What a configuration was read from: the number of a text in its [`Report`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Source(pub(super) u16);

/// A place in a source: line and column, both from 1. Line 0 is no place in it, but the source as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// Which source.
    pub source: Source,
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Place {
    /// A place in the first source.
    #[must_use]
    pub fn new(line: usize, column: usize) -> Self {
        Self { source: Source::default(), line, column }
    }

    /// No place, but a source as a whole.
    #[must_use]
    pub fn of(source: Source) -> Self {
        Self { source, line: 0, column: 0 }
    }
}

/// From a place to another one, which is no longer part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// Where it begins.
    pub from: Place,
    /// Where it has ended.
    pub to: Place,
}
