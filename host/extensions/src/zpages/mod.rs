//! `zpages`: taken for files that are written for the Collector.

pub mod block;
mod kind;

pub use kind::KIND;
