//! OTLP: from a connection to points.
//!
//! A [`receiver`] speaks [`http`] or [`grpc`]; the [`body`] is read, and [`inflate`]d, within its limits; the [`walk`] goes
//! over its bytes with a [`wire`] cursor and finds the [`points`], each with a [`key`] for the description of its stream.

pub mod answer;
pub mod attributes;
pub mod body;
pub mod bounded;
pub mod grpc;
pub mod http;
pub mod inflate;
pub mod key;
pub mod points;
pub mod receiver;
pub mod status;
pub mod walk;
pub mod wire;
