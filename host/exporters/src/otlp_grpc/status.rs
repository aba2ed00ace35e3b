//! What the status of a call means (OTLP specification, "OTLP/gRPC Response").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::{HeaderMap, StatusCode};

use crate::forwarding::answer::Status;

/// A code of gRPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(pub u16);

const OK: Code = Code(0);
const CANCELLED: Code = Code(1);
const UNKNOWN: Code = Code(2);
const DEADLINE_EXCEEDED: Code = Code(4);
const PERMISSION_DENIED: Code = Code(7);
const RESOURCE_EXHAUSTED: Code = Code(8);
const ABORTED: Code = Code(10);
const OUT_OF_RANGE: Code = Code(11);
const UNIMPLEMENTED: Code = Code(12);
const INTERNAL: Code = Code(13);
const UNAVAILABLE: Code = Code(14);
const DATA_LOSS: Code = Code(15);
const UNAUTHENTICATED: Code = Code(16);

/// What is to be done after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The request was taken.
    Taken,
    /// The same request may be taken later.
    Retry,
    /// The receiver takes nothing from this client, whatever it is.
    Hold,
    /// The same request would be refused again.
    Refuse,
}

impl Code {
    /// The code of a call, from its trailers, or from the answer's status where something in between has answered (gRPC, "HTTP to
    /// gRPC Status Code Mapping").
    pub fn read(status: StatusCode, headers: &HeaderMap) -> Self {
        let written = headers.get("grpc-status").and_then(|code| code.to_str().ok()).map(|code| code.parse());
        match (written, status.as_u16()) {
            (Some(code), _) => code.map_or(UNKNOWN, Code),
            (None, 400) => INTERNAL,
            (None, 401) => UNAUTHENTICATED,
            (None, 403) => PERMISSION_DENIED,
            (None, 404) => UNIMPLEMENTED,
            (None, 429 | 502..=504) => UNAVAILABLE,
            // An answer without a status broke off.
            (None, 200) => UNAVAILABLE,
            (None, _) => UNKNOWN,
        }
    }

    /// What follows from it.
    pub fn meaning(self, details: &Status) -> Meaning {
        match self {
            OK => Meaning::Taken,
            CANCELLED | DEADLINE_EXCEEDED | ABORTED | OUT_OF_RANGE | UNAVAILABLE | DATA_LOSS => Meaning::Retry,
            RESOURCE_EXHAUSTED if details.retry_after.is_some() => Meaning::Retry,
            PERMISSION_DENIED | UNIMPLEMENTED | UNAUTHENTICATED => Meaning::Hold,
            _ => Meaning::Refuse,
        }
    }
}

/// What an answer says of a failure: its details, else its message.
pub fn details(headers: &HeaderMap) -> Status {
    let text = |name| headers.get(name).map(|value| value.as_bytes());
    let encoded = text("grpc-status-details-bin").unwrap_or_default();
    // With or without padding.
    let encoded = encoded.strip_suffix(b"==").or(encoded.strip_suffix(b"=")).unwrap_or(encoded);
    let mut status = STANDARD_NO_PAD.decode(encoded).map(|bytes| Status::read(&bytes)).unwrap_or_default();
    if status.message.is_empty() {
        status.message = percent_decoded(text("grpc-message").unwrap_or_default());
    }
    status
}

/// gRPC over HTTP/2, "Status-Message".
fn percent_decoded(mut text: &[u8]) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    while let [first, rest @ ..] = text {
        let escaped = (*first == b'%').then(|| rest.get(..2)).flatten();
        let byte = escaped.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        decoded.push(byte.unwrap_or(*first));
        text = if byte.is_some() { &rest[2..] } else { rest };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
