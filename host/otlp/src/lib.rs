//! OTLP: from bytes to points.
//!
//! Bodies are [`inflate`]d and [`json`] becomes protobuf within limits ([`bounded`]); the [`scan`] goes over the bytes with
//! a [`wire`] cursor and finds the [`points`], each with a [`key`] for the description of its stream, under which a [`memo`]
//! has what is known of it. [`values`] of points that are no numbers, and [`attributes`] in [`canonical`] form or as [`text`], are read when they are needed.

pub mod attributes;
pub mod bounded;
pub mod canonical;
pub mod digest;
pub mod error;
pub mod expansion;
mod growth;
mod header;
pub mod inflate;
pub mod json;
pub mod key;
pub mod memo;
pub mod points;
pub mod scan;
pub mod text;
pub mod unknown;
pub mod values;
pub mod wire;
