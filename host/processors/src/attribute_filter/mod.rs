//! `attribute_filter`: changes attributes and drops streams, by rules that the guest reads itself.

pub mod block;
mod kind;

pub use kind::KIND;
