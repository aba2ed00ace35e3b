//! `wasm`: a processor that a user has written, as a component in a file.

pub mod block;
mod kind;

pub use kind::KIND;
