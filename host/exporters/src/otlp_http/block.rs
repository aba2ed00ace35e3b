//! The exporter's block: keys and defaults are the Collector's.

use std::time::Duration;

use component::authenticator::Reference;
use component::blocks::HttpClient;
use config::schema::{Rules, Written};
use http::uri::PathAndQuery;
use http::{HeaderMap, Uri};

use crate::forwarding::compression::{Compression, OF_HTTP};
use crate::forwarding::keys::ForwardKeys;

/// Where receivers take metrics (OTLP specification, "OTLP/HTTP Request").
const PATH: &str = "/v1/metrics";

config::block! {
    /// OTLP over HTTP to one receiver.
    pub struct Keys {
        /// The address in front of `/v1/metrics`, such as `http://worker:4318`. It has to be written, or `metrics_endpoint`.
        endpoint: Option<Uri> = maybe(url()),
        /// The whole address for metrics, in place of `endpoint`.
        metrics_endpoint: Option<Uri> = maybe(url()),
        /// How requests are compressed.
        compression: Compression = choice(OF_HTTP, Compression::Gzip),
    }
    parts {
        /// The client.
        client: HttpClient,
        /// Queue and retries.
        forward: ForwardKeys,
    }
    no_effect "requests are handed on as they came, in protobuf" { encoding: choice(&[("proto", ())], ()) }
    no_effect "this host takes metrics only" { traces_endpoint, logs_endpoint, profiles_endpoint }
    check Keys::check_endpoint;
}

/// Settings of the exporter, as meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where to send to.
    pub uri: Uri,
    /// Queue, batches and retries.
    pub forward: forward::settings::Settings,
    /// Time of an attempt.
    pub timeout: Duration,
    /// How requests are compressed.
    pub compression: Compression,
    /// Headers that the user adds.
    pub headers: HeaderMap,
    /// Who is asked to authenticate.
    pub authenticator: Option<Reference>,
}

impl Keys {
    fn check_endpoint(&self, rules: &mut Rules<'_>) {
        if self.endpoint.is_none() && self.metrics_endpoint.is_none() {
            rules.block_error("endpoint", "required", "add endpoint: with the address, such as http://worker:4318");
        }
    }

    /// What the block means. None if no address is written.
    #[must_use]
    pub fn settings(&self, id: &str, written: &Written<'_>) -> Option<Settings> {
        let uri = match (&self.metrics_endpoint, &self.endpoint) {
            (Some(whole), _) => whole.clone(),
            (None, base) => with_path(base.as_ref()?)?,
        };
        let reference = |id: &str| Reference { key: "auth.authenticator", id: id.to_owned(), endpoint: uri.clone() };
        let timeout = self.client.timeout;
        Some(Settings {
            forward: self.forward.settings(id, Some(written)),
            timeout: if timeout.is_zero() { Duration::MAX } else { timeout },
            compression: self.compression,
            headers: self.client.header_map(),
            authenticator: self.client.authenticator().map(reference),
            uri,
        })
    }
}

/// The address with the path of metrics behind its own.
fn with_path(base: &Uri) -> Option<Uri> {
    let path = format!("{}{PATH}", base.path().trim_end_matches('/'));
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}
