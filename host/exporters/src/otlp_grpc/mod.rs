//! OTLP over gRPC: requests are handed on as they came.

pub mod block;
pub mod client;
mod kind;
mod status;
pub mod target;

pub use kind::KIND;
