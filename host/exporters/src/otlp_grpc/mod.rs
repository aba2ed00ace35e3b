//! OTLP over gRPC: requests are handed on as they came.

pub mod block;
pub mod client;
pub mod kind;
mod status;
pub mod target;

pub use kind::KIND;
