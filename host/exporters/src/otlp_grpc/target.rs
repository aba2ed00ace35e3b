//! The address of a gRPC server.

use config::scalar::Wrong;
use http::Uri;
use http::uri::{Authority, Scheme};

/// The method that takes metrics (OTLP specification, "OTLP/gRPC").
const EXPORT: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// Host and port, and whether the scheme in front says something of TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    authority: Authority,
    /// Whether there is TLS; none leaves it to `tls`.
    encrypted: Option<bool>,
}

impl Target {
    /// Reads an address, as the Collector does: `http://`, `https://` and `dns://` may stand in front, a port must be there.
    ///
    /// # Errors
    /// What is wrong. The message follows the text itself.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        const HELP: &str = "write host and port, such as worker:4317";
        let wrong = |message: &str| Wrong { message: message.to_owned(), help: HELP.to_owned() };
        let (encrypted, rest) = match text.split_once("://") {
            Some(("http", rest)) => (Some(false), rest),
            Some(("https", rest)) => (Some(true), rest),
            Some(("dns", rest)) => (None, rest.trim_start_matches('/')),
            Some(_) => return Err(wrong("this scheme is not known for gRPC")),
            None => (None, text),
        };
        let authority: Authority = rest.trim_end_matches('/').parse().map_err(|_| wrong("no address of a server"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("name and password in an address are not sent"));
        }
        if authority.host().is_empty() || authority.port_u16().is_none_or(|port| port == 0) {
            return Err(wrong("an address of a gRPC server needs host and port"));
        }
        Ok(Self { authority, encrypted })
    }

    /// Host and port.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.authority.as_str()
    }

    /// The whole address of the method; `insecure` decides on TLS where no scheme does.
    #[must_use]
    pub fn uri(&self, insecure: bool) -> Uri {
        let scheme = if self.encrypted.unwrap_or(!insecure) { Scheme::HTTPS } else { Scheme::HTTP };
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(scheme);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = EXPORT.parse().ok();
        // Scheme, authority and path make an address.
        Uri::from_parts(parts).unwrap_or_default()
    }
}
