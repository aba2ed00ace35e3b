//! What is known of a request beside its body.

use std::net::SocketAddr;

use http::HeaderMap;

/// What a header takes beside its text, bytes.
const HEADER_OVERHEAD: usize = 128;

/// Who sends a request, and what it says of itself. No stage asks for it yet.
#[derive(Debug, Clone, Default)]
pub struct RequestContext {
    /// The headers of HTTP, or gRPC's metadata.
    pub headers: HeaderMap,
    /// The address at the other end of the connection.
    pub peer: Option<SocketAddr>,
}

impl RequestContext {
    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.headers.iter().map(|(name, value)| HEADER_OVERHEAD + name.as_str().len() + value.len()).sum()
    }
}
