//! The client of HTTP exporters.

use std::collections::BTreeMap;
use std::time::Duration;

use config::schema::Rules;
use config::secret::Secret;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{ClientAuth, ClientTls};

config::block! {
    /// How a server is reached over HTTP, beside its address.
    pub struct HttpClient {
        /// Of one attempt; 0 sets no limit.
        timeout: Duration = duration("30s"),
        /// Fixed headers of each request, such as `Authorization: Bearer <token>`.
        headers: BTreeMap<String, Secret> = map(secret()),
        /// By what the client says who it is.
        auth: Option<ClientAuth> = maybe(block()),
        /// How the certificate of the server is checked.
        tls: ClientTls = block(),
    }
    no_effect "this host keeps as many connections as it has requests in flight" {
        compression_params,
        read_buffer_size: "0",
        write_buffer_size: "524288",
        max_conns_per_host: "0",
        max_idle_conns: "100",
        max_idle_conns_per_host: "0",
        idle_conn_timeout: "90s",
        disable_keep_alives: "false",
        keepalive,
        force_attempt_http2: "true",
        http2_ping_timeout: "0s",
        http2_read_idle_timeout: "0s",
    }
    refused "remove it" { proxy_url, cookies, middlewares }
    check HttpClient::check_headers;
}

impl HttpClient {
    /// The id of the authenticator, if there is one.
    #[must_use]
    pub fn authenticator(&self) -> Option<&str> {
        self.auth.as_ref()?.authenticator.as_deref()
    }

    /// The headers as they are sent.
    #[must_use]
    pub fn header_map(&self) -> HeaderMap {
        header_map(&self.headers)
    }

    fn check_headers(&self, rules: &mut Rules<'_>) {
        check_headers(&self.headers, rules);
    }
}

/// Headers as they are sent.
pub(super) fn header_map(written: &BTreeMap<String, Secret>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in written {
        if let (Ok(name), Ok(mut value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value.expose())) {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    headers
}

/// Reports what cannot be sent.
pub(super) fn check_headers(written: &BTreeMap<String, Secret>, rules: &mut Rules<'_>) {
    for (name, value) in written {
        let key = format!("headers.{name}");
        if name.parse::<HeaderName>().is_err() {
            rules.key_error(&key, "no name for a header", "use letters, digits and -");
        } else if HeaderValue::from_str(value.expose()).is_err() {
            rules.key_error(&key, "no value for a header", "write it in one line of ASCII");
        }
    }
}
