//! How a pod reaches the API server: address from the environment, certificate, token and namespace from files (Kubernetes,
//! "Accessing the Kubernetes API from a Pod").

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use component::variables::Variables;
use http::header::{ACCEPT, AUTHORIZATION, HOST, HeaderValue, USER_AGENT};
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::http::{Client, host};
use crate::polling::Failure;

/// Where a pod finds its service account.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The namespace of a host that is in none.
const NAMESPACE: &str = "default";

/// A way to the API server.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    client: Client,
    /// Scheme, host and port.
    server: String,
    /// Read anew each time, as it is replaced while the pod runs.
    token: Option<PathBuf>,
    pub(crate) namespace: String,
}

impl Access {
    /// That of the pod that this process runs in.
    ///
    /// # Errors
    /// If it runs in none.
    pub(crate) fn of_the_pod(variables: &Variables) -> io::Result<Self> {
        let missing = || io::Error::new(ErrorKind::NotFound, "KUBERNETES_SERVICE_HOST is not set: this is no pod");
        let host = variables.get("KUBERNETES_SERVICE_HOST").ok_or_else(missing)?;
        let port = variables.get("KUBERNETES_SERVICE_PORT").unwrap_or_else(|| "443".to_owned());
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        let folder = Path::new(ACCOUNT);
        let namespace = std::fs::read_to_string(folder.join("namespace")).unwrap_or_default();
        Ok(Self {
            client: Client::with(trusting(&folder.join("ca.crt"))?),
            server: format!("https://{host}:{port}"),
            token: Some(folder.join("token")),
            namespace: Some(namespace.trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or(NAMESPACE.into()),
        })
    }

    /// Asks for a path with a query.
    pub(crate) async fn get(&self, path: &str) -> Result<Response<Incoming>, Failure> {
        let other = |error: &dyn std::fmt::Display| Failure::Other(error.to_string());
        let uri: Uri = format!("{}{path}", self.server).parse().map_err(|error| other(&error))?;
        let mut request = Request::new(Full::new(Bytes::new()));
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::try_from(host(&uri)).map_err(|error| other(&error))?);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static("alluvium"));
        if let Some(file) = &self.token {
            let token = std::fs::read_to_string(file)
                .map_err(|error| Failure::Other(format!("cannot read the token of the service account: {error}")))?;
            let mut value = HeaderValue::try_from(format!("Bearer {}", token.trim()))
                .map_err(|_| Failure::Other("the token of the service account is none".into()))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        *request.uri_mut() = uri;
        self.client.send(request).await
    }

    /// Another way, for tests.
    #[cfg(test)]
    pub(crate) fn to(server: &str, token: Option<PathBuf>) -> Self {
        let client = Client::of_the_system().expect("certificates");
        Self { client, server: server.to_owned(), token, namespace: "own".to_owned() }
    }
}

/// TLS that trusts the certificates of a file alone.
fn trusting(file: &Path) -> io::Result<rustls::ClientConfig> {
    let wrong = |error: &dyn std::fmt::Display| io::Error::new(ErrorKind::InvalidData, error.to_string());
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))? {
        let certificate = certificate.map_err(|error| wrong(&error))?;
        roots.add(certificate).map_err(|error| wrong(&error))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
