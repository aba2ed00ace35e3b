//! How two values compare: by the rules of the OpenTelemetry Transformation Language, "Comparison Rules".

use std::cmp::Ordering;

use crate::value::{EMPTY, View};

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// Of the same type and equal: 1 is not 1.0.
    Same,
}

impl Comparison {
    /// Whether it is true of two values. Nothing equals nothing; what cannot be compared is unequal, and neither less
    /// nor greater.
    pub(crate) fn holds(self, left: Option<View<'_>>, right: Option<View<'_>>) -> bool {
        let (left, right) = match (left.filter(is_something), right.filter(is_something)) {
            (None, None) => return self.of(Some(Ordering::Equal)),
            (Some(left), Some(right)) => (left, right),
            _ => return self == Self::NotEqual,
        };
        match (left, right) {
            (View::Text(left), View::Text(right)) => self.of(Some(left.cmp(right))),
            (View::Boolean(left), View::Boolean(right)) => self.of(Some(left.cmp(&right))),
            (View::Bytes(left), View::Bytes(right)) => self.of(Some(left.cmp(right))),
            (View::Integer(left), View::Integer(right)) => self.of(Some(left.cmp(&right))),
            (View::Double(left), View::Double(right)) => self.of(left.partial_cmp(&right)),
            (View::Integer(_), View::Double(_)) | (View::Double(_), View::Integer(_)) if self == Self::Same => false,
            (View::Integer(left), View::Double(right)) => self.of((left as f64).partial_cmp(&right)),
            (View::Double(left), View::Integer(right)) => self.of(left.partial_cmp(&(right as f64))),
            // Arrays and maps have no order.
            (View::Structured(left), View::Structured(right)) if left == right => {
                matches!(self, Self::Equal | Self::Same)
            }
            _ => self == Self::NotEqual,
        }
    }

    /// Whether it is true of two values in that order; none is that of a number and of what is no number.
    fn of(self, ordering: Option<Ordering>) -> bool {
        match self {
            Self::Equal | Self::Same => ordering == Some(Ordering::Equal),
            Self::NotEqual => ordering != Some(Ordering::Equal),
            Self::Less => ordering == Some(Ordering::Less),
            Self::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => ordering == Some(Ordering::Greater),
            Self::GreaterOrEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

/// An attribute may have an empty value, which is nothing.
fn is_something(view: &View<'_>) -> bool {
    *view != View::Structured(EMPTY)
}
