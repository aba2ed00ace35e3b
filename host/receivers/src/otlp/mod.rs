//! The OTLP receiver: from a connection to the pipeline's intake.
//!
//! A [`receiver`] speaks [`http`] or [`grpc`]; the [`body`] is read and inflated within its limits, JSON becomes the bytes
//! that others send, and the sender gets an [`answer`]. As a component it is configured by its [`settings`].

pub mod answer;
pub mod body;
mod connections;
pub mod grpc;
pub mod http;
mod kind;
pub mod media;
mod metrics;
pub mod receiver;
pub mod settings;
pub mod status;

pub use kind::KIND;
