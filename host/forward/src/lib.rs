//! Requests handed on as they are.
//!
//! Points are divided among slots, and the raw bytes of each slot's points are put together to requests again ([`splice`]),
//! valid OTLP with everything around the points. A slot is a lane of a destination; what waits there is a [`batch`] of such
//! requests, which remembers where each one ends. Nothing is decoded. This crate opens no connection.

pub mod batch;
pub mod splice;
