//! OTLP: from a connection to points.
//!
//! A [`receiver`] speaks [`http`] or [`grpc`]; the [`body`] is read, and [`inflate`]d, within its limits; [`json`]
//! becomes the bytes that others send; the [`walk`] goes over the bytes with a [`wire`] cursor and finds the
//! [`points`], each with a [`key`] for the description of its stream.

pub mod answer;
pub mod attributes;
pub mod body;
mod bounded;
pub mod grpc;
pub mod http;
pub mod inflate;
pub mod json;
pub mod key;
pub mod media;
pub mod points;
pub mod receiver;
pub mod status;
pub mod walk;
pub mod wire;
