//! A client that behaves like Claude Code, for trying the host out, for tests and for benchmarks.
//!
//! [`natural`] plays sessions in real time: people and agents come and go, and each process exports what has changed.
//! [`steady`] is a load: the same streams, every one of them in every round. [`model`] says who the sessions are and what
//! they count, [`meter`] does what the OpenTelemetry JS SDK does between an addition and an export, [`send`] is its
//! exporter (over [`grpc`] or HTTP), and [`truth`] knows what the totals must be.

pub mod grpc;
pub mod meter;
pub mod model;
pub mod natural;
pub mod request;
pub mod send;
pub mod steady;
pub mod truth;

#[cfg(test)]
mod tests;
