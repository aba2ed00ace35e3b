//! What settings of all components have in common.

use std::any::Any;
use std::fmt::Debug;

/// Settings as meant. They hold no place of the configuration, so that those of a file whose lines only moved are equal.
/// Whatever is plain data has this.
pub trait Comparable: Any + Debug + Send + Sync {
    /// Whether `other` is of the same type and equal.
    fn equals(&self, other: &dyn Any) -> bool;
}

impl<T: Any + Debug + PartialEq + Send + Sync> Comparable for T {
    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<T>() == Some(self)
    }
}
