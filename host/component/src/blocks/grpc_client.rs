//! The client of gRPC exporters.

use std::collections::BTreeMap;

use config::schema::Rules;
use config::secret::Secret;
use http::HeaderMap;

use super::http_client::{check_headers, header_map};
use super::{ClientAuth, GrpcTls};

config::block! {
    /// How a server is reached over gRPC, beside its address.
    pub struct GrpcClient {
        /// Fixed metadata of each call, such as `authorization: Bearer <token>`.
        headers: BTreeMap<String, Secret> = map(secret()),
        /// By what the client says who it is.
        auth: Option<ClientAuth> = maybe(block()),
        /// Whether there is TLS, and how the certificate of the server is checked.
        tls: GrpcTls = block(),
    }
    no_effect "each lane has a connection of its own, to the first address of the host that answers" {
        balancer_name: "round_robin",
        keepalive,
        read_buffer_size: "0",
        write_buffer_size: "524288",
        wait_for_ready: "false",
        user_agent,
    }
    refused "remove it" { authority, middlewares }
    check GrpcClient::check_headers;
}

impl GrpcClient {
    /// The id of the authenticator, if there is one.
    #[must_use]
    pub fn authenticator(&self) -> Option<&str> {
        self.auth.as_ref()?.authenticator.as_deref()
    }

    /// The metadata as it is sent.
    #[must_use]
    pub fn header_map(&self) -> HeaderMap {
        header_map(&self.headers)
    }

    fn check_headers(&self, rules: &mut Rules<'_>) {
        check_headers(&self.headers, rules);
    }
}
