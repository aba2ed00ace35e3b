//! `batch`: how the pipeline's exporters fill their requests. It is nothing that runs: points are never held back for it.

pub mod block;
mod kind;

pub use kind::KIND;
