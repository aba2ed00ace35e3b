//! Changes the attributes of streams, and drops streams, by rules that are applied one after another.
//!
//! The guest decides once a stream and never sees a point. What it keeps between two calls is the rules
//! (`settings`); each is a condition and what is done where it holds (`rule`).
//!
//! The host is asked for those parts of a description only that the rules touch. The others come empty and leave empty,
//! which does not mean that they are to be emptied: the host keeps its own.
//!
//! The crate compiles to a component for the host and natively for tests; [`Component`] is the same type in both.

mod action;
mod bindings;
mod comparison;
mod condition;
mod operand;
mod part;
mod pattern;
mod reason;
mod rule;
mod settings;
mod shape;
mod value;

pub use bindings::alluvium::processor::types;
pub use bindings::exports::alluvium::processor::{configure, shape as shaping};

/// The guest. Its functions are those of the interfaces `configure` and `shape`.
#[derive(Debug)]
pub struct Component;
