//! The parts of a description that have attributes.

use crate::types::{Attribute, Stream};

/// Where a rule looks and what it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Resource,
    Scope,
    Point,
}

impl Part {
    /// In the order of their codes.
    pub(crate) const ALL: [Self; 3] = [Self::Resource, Self::Scope, Self::Point];

    /// The code in `needs.reads`.
    pub(crate) fn code(self) -> u32 {
        match self {
            Self::Resource => 1,
            Self::Scope => 2,
            Self::Point => 3,
        }
    }

    pub(crate) fn of(self, stream: &Stream) -> &[Attribute] {
        match self {
            Self::Resource => &stream.resource,
            Self::Scope => &stream.scope_attributes,
            Self::Point => &stream.attributes,
        }
    }

    pub(crate) fn of_mut(self, stream: &mut Stream) -> &mut Vec<Attribute> {
        match self {
            Self::Resource => &mut stream.resource,
            Self::Scope => &mut stream.scope_attributes,
            Self::Point => &mut stream.attributes,
        }
    }
}
