//! OTLP over HTTP: requests are handed on as they came.

pub mod block;
pub mod client;
mod kind;

pub use kind::KIND;
