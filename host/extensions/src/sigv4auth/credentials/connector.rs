//! The HTTP client by which credentials are fetched: bounded in what it reads, and over the one TLS stack of this host.

use std::io;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect;
use hyper_util::rt::TokioExecutor;

/// Credentials take some kilobytes; an answer with more is none.
const ANSWER_BYTES: usize = 64 << 10;

/// A machine that has no metadata shall not be waited for.
const CONNECT_TIME: Duration = Duration::from_secs(2);

/// An answer that takes longer has failed, where the caller does not say.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// Sends requests. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    http: legacy::Client<HttpsConnector<connect::HttpConnector>, Full<Bytes>>,
    time: Duration,
}

impl Connector {
    /// A client.
    ///
    /// # Errors
    /// If the system's certificates cannot be read.
    pub fn new() -> io::Result<Self> {
        let mut connector = connect::HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(CONNECT_TIME));
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        // The next fetch is in an hour.
        let http = legacy::Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(https);
        Ok(Self { http, time: ANSWER_TIME })
    }

    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let user = |error: &str| ConnectorError::user(error.into());
        let (parts, body) = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?.into_parts();
        let body = body.bytes().ok_or_else(|| user("a body that is a stream"))?;
        let request = http::Request::from_parts(parts, Full::from(body.to_vec()));
        let (parts, body) =
            self.http.request(request).await.map_err(|error| ConnectorError::io(error.into()))?.into_parts();
        #[expect(clippy::disallowed_methods, reason = "a Limited is around it")]
        let body = Limited::new(body, ANSWER_BYTES).collect().await.map_err(ConnectorError::io)?.to_bytes();
        let answer = http::Response::from_parts(parts, SdkBody::from(body));
        HttpResponse::try_from(answer).map_err(|error| ConnectorError::io(error.into()))
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.clone();
        HttpConnectorFuture::new(async move {
            let late = |error: tokio::time::error::Elapsed| ConnectorError::timeout(error.into());
            tokio::time::timeout(client.time, client.send(request)).await.map_err(late)?
        })
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let time = settings.read_timeout().unwrap_or(ANSWER_TIME).min(ANSWER_TIME);
        SharedHttpConnector::new(Self { time, ..self.clone() })
    }
}
