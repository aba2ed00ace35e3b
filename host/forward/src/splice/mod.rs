//! Dividing a request: which of its bytes go where ([`divide`]), how long the messages around them become ([`measure`]), and
//! the new requests themselves ([`Plan::write`]).
//!
//! Each message around the points keeps all of its own fields, in their order, known or not; they are repeated in each request
//! that gets one of its points. What has no points, scopes or metrics of its own ([`Leaf`]) goes somewhere like a point.

mod divide;
mod layout;
mod leaf;
mod measure;
mod plan;
mod write;

pub use divide::{NOWHERE, divide, memory};
pub use leaf::{Leaf, leaves};
pub use plan::{Part, Plan};

/// Bytes of a protobuf variable-length integer.
#[inline]
fn varint_length(value: u32) -> u32 {
    (31 - (value | 1).leading_zeros()) / 7 + 1
}

/// Bytes of a field with a tag of one byte and `length` bytes in it.
#[inline]
fn field_length(length: u32) -> u32 {
    1 + varint_length(length) + length
}
