//! Receivers: where requests come in.

pub mod otlp;
