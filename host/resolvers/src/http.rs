//! The HTTP client of resolvers, over the one TLS stack of this host. Answers are bounded.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::polling::Failure;

/// A server that does not take a connection for so long is not there.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// A client.
#[derive(Debug, Clone)]
pub(crate) struct Client(legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Client {
    /// A client that trusts the system's certificates.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn of_the_system() -> std::io::Result<Self> {
        let builder = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?;
        Ok(Self(client(builder.https_or_http().enable_http1().wrap_connector(connector()))))
    }

    /// A client with its own certificates.
    pub(crate) fn with(tls: rustls::ClientConfig) -> Self {
        let builder = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls);
        Self(client(builder.https_or_http().enable_http1().wrap_connector(connector())))
    }

    /// Sends a request. The body of the answer has not been read.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Failure> {
        self.0.request(request).await.map_err(|error| Failure::Other(line(&error)))
    }
}

/// The whole body, of at most `limit` bytes.
pub(crate) async fn body(answer: Incoming, limit: usize) -> Result<Bytes, Failure> {
    #[expect(clippy::disallowed_methods, reason = "a Limited is around it")]
    let whole = Limited::new(answer, limit).collect().await;
    whole.map(http_body_util::Collected::to_bytes).map_err(|error| Failure::Other(line(&*error)))
}

/// The header `Host` of an address: without the port that its scheme has.
pub(crate) fn host(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    match (uri.scheme_str(), uri.port_u16()) {
        (_, None) | (Some("https"), Some(443)) | (Some("http"), Some(80)) => host.to_owned(),
        (_, Some(port)) => format!("{host}:{port}"),
    }
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(CONNECT_TIME));
    connector
}

fn client(connector: HttpsConnector<HttpConnector>) -> legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>> {
    // The next question is seconds away at least.
    legacy::Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
}

/// An error and its causes in one line.
fn line(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line = format!("{line}: {error}");
        cause = error.source();
    }
    line
}
