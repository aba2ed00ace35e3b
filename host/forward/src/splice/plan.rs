//! What is to be written.

use std::ops::Range;

use super::layout::Layout;
use super::leaf::Leaf;

/// A request, divided. It belongs to the bytes and the points that it was made from.
#[derive(Debug, Default)]
pub struct Plan {
    /// None where the request stays as it is.
    pub(super) division: Option<Division>,
    pub(super) parts: Vec<Part>,
}

/// Where everything goes.
#[derive(Debug)]
pub(super) struct Division {
    pub layout: Layout,
    /// Slot by slot, each in the order of the request.
    pub leaves: Vec<Leaf>,
    /// Lengths of the messages around them, in the order in which they are opened.
    pub lengths: Vec<u32>,
}

/// One of the requests that a request becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it goes.
    pub slot: u32,
    /// Its bytes, exactly.
    pub bytes: usize,
    /// Its points.
    pub points: usize,
    pub(super) leaves: Range<usize>,
    pub(super) lengths: Range<usize>,
}

impl Plan {
    /// The request as it is, for one slot.
    #[must_use]
    pub fn whole(slot: u32, bytes: usize, points: usize) -> Self {
        let part = Part { slot, bytes, points, leaves: 0..0, lengths: 0..0 };
        Self { division: None, parts: vec![part] }
    }

    /// The requests that it becomes, slot by slot.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }
}
