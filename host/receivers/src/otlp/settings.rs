//! What the receiver is told: one endpoint for each protocol.

use component::blocks::{GrpcServer, HttpServer};
use config::address::Listen;
use config::schema::Rules;

use super::receiver::{GRPC_MESSAGE_BYTES, HTTP_BODY_BYTES, Protocol};

/// The ports of the specification.
const GRPC_PORT: u16 = 4317;
const HTTP_PORT: u16 = 4318;

/// HTTP gets no more than gRPC, where the length in front of a message has four bytes.
const LARGEST: u64 = 4_095 << 20;

/// Settings of the receiver, as meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its id as configured.
    pub id: String,
    /// Where it listens.
    pub endpoints: Vec<Endpoint>,
}

/// An endpoint, as meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// What it speaks.
    pub protocol: Protocol,
    /// Its address.
    pub listen: Listen,
    /// The largest body or message, bytes.
    pub limit: usize,
}

config::block! {
    /// OTLP over gRPC and HTTP.
    pub struct Keys {
        /// What is spoken, each on an address of its own; there is one at least.
        protocols: Protocols = block(),
    }
    check Keys::check_protocols;
}

config::block! {
    /// What is spoken, each on an address of its own.
    pub struct Protocols {
        /// OTLP over gRPC.
        grpc: Option<Grpc> = optional(),
        /// OTLP over HTTP.
        http: Option<Http> = optional(),
    }
}

config::block! {
    /// OTLP over gRPC.
    pub struct Grpc {
        /// Where to listen. Port 0 lets the system choose, and the log says what it chose.
        endpoint: Listen = listen(GRPC_PORT),
    }
    parts {
        /// The server.
        server: GrpcServer,
    }
}

config::block! {
    /// OTLP over HTTP, as protobuf and as JSON.
    pub struct Http {
        /// Where to listen. Port 0 lets the system choose, and the log says what it chose.
        endpoint: Listen = listen(HTTP_PORT),
        /// The largest body, before and after it is inflated, bytes; 0 means 20971520.
        max_request_body_size: u64 = integer(0..=LARGEST, 0),
    }
    parts {
        /// The server.
        server: HttpServer,
    }
    no_effect "it is the only value that there is" {
        metrics_url_path: choice(&[("/v1/metrics", ()), ("v1/metrics", ())], ()),
    }
    no_effect "this host takes metrics only" { traces_url_path, logs_url_path, profiles_url_path }
}

impl Keys {
    fn check_protocols(&self, rules: &mut Rules<'_>) {
        if self.protocols.grpc.is_none() && self.protocols.http.is_none() {
            let help = "write protocols: {grpc: {}, http: {}}, or one of the two";
            let message = "must specify at least one protocol";
            rules.error("protocols", message, help);
        }
    }

    /// What the block means.
    #[must_use]
    pub fn settings(&self, id: &str) -> Settings {
        let grpc = self.protocols.grpc.as_ref().map(Grpc::endpoint);
        let http = self.protocols.http.as_ref().map(Http::endpoint);
        Settings { id: id.to_owned(), endpoints: grpc.into_iter().chain(http).collect() }
    }
}

impl Grpc {
    fn endpoint(&self) -> Endpoint {
        let limit = match self.server.max_recv_msg_size_mib {
            0 => GRPC_MESSAGE_BYTES,
            mib => (mib << 20) as usize,
        };
        Endpoint { protocol: Protocol::Grpc, listen: self.endpoint.clone(), limit }
    }
}

impl Http {
    fn endpoint(&self) -> Endpoint {
        let limit = match self.max_request_body_size {
            0 => HTTP_BODY_BYTES,
            bytes => bytes as usize,
        };
        Endpoint { protocol: Protocol::Http, listen: self.endpoint.clone(), limit }
    }
}
