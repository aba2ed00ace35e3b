//! Receivers: where requests come in.

pub mod nop;
pub mod otlp;
