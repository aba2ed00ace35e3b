//! OTLP over gRPC: requests are handed on as they came.

pub mod block;
pub mod client;
pub mod kind;
mod status;
pub mod target;
#[cfg(test)]
mod tests;

pub use kind::KIND;
