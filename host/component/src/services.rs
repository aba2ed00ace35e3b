//! What a host gives to its components.

use std::sync::Arc;

use clock::Clock;
use otlp::key::Keyer;
use pipeline::stream_limit::StreamLimit;
use wasm::{Engine, Limits};

use crate::authenticator::Authenticators;
use crate::variables::Variables;

/// What components need from their host.
#[derive(Debug, Clone)]
pub struct Services {
    /// Compiles and runs guests.
    pub engine: Engine,
    /// The time.
    pub clock: Clock,
    /// Streams of all pipelines.
    pub stream_limit: Arc<StreamLimit>,
    /// Bounds on guests.
    pub limits: Limits,
    /// What clients of exporters authenticate with.
    pub authenticators: Authenticators,
    /// Makes the keys of byte forms.
    pub keyer: Keyer,
    /// Environment variables.
    pub variables: Variables,
}
