//! The two forms in which OTLP/HTTP is written, and in which it is answered.

use super::answer;
use super::status::{self, Code};
use pipeline::intake::refusal::Accepted;

/// What is said of all other forms, in the Collector's words.
pub const UNSUPPORTED: &str = "415 unsupported media type, supported: [application/json, application/x-protobuf]";

/// A form of OTLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// Protobuf.
    Protobuf,
    /// JSON.
    Json,
}

impl Media {
    /// The form that a `Content-Type` names, whatever its parameters.
    #[must_use]
    pub fn named(content_type: &str) -> Option<Self> {
        let name = content_type.split(';').next().unwrap_or_default().trim();
        [Self::Protobuf, Self::Json].into_iter().find(|media| name.eq_ignore_ascii_case(media.name()))
    }

    /// As a `Content-Type`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }

    /// The body that answers a request that was taken.
    #[must_use]
    pub fn success(self, accepted: &Accepted) -> Vec<u8> {
        match self {
            Self::Protobuf => answer::success(accepted),
            Self::Json => answer::success_json(accepted).into_bytes(),
        }
    }

    /// The body that answers one that was not.
    #[must_use]
    pub fn status(self, code: Code, message: &str) -> Vec<u8> {
        match self {
            Self::Protobuf => status::encode(code, message),
            Self::Json => status::json(code, message).into_bytes(),
        }
    }
}
