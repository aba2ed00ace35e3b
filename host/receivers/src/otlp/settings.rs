//! What the receiver is told: one endpoint for each protocol.

use config::address::Listen;
use config::block::Block;
use config::report::Report;

use super::receiver::{GRPC_MESSAGE_BYTES, HTTP_BODY_BYTES, Protocol};

/// The ports of the specification.
const GRPC_PORT: u16 = 4317;
const HTTP_PORT: u16 = 4318;

/// The length in front of a gRPC message has four bytes. HTTP gets no more.
const LARGEST_MIB: u64 = 4_095;

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

/// Reads the receiver's block.
pub fn read(id: &str, mut block: Block<'_>, report: &mut Report) -> Settings {
    let mut endpoints = Vec::new();
    let protocols = block.block("protocols", report);
    let place = protocols.as_ref().map_or(block.place(), Block::place);
    if let Some(mut protocols) = protocols {
        let grpc = protocols.block("grpc", report).and_then(|block| grpc(block, report));
        let http = protocols.block("http", report).and_then(|block| http(block, report));
        endpoints.extend(grpc);
        endpoints.extend(http);
        protocols.finish(report);
    }
    if block.lacks("protocols") {
        let help = "write protocols: {grpc: {}, http: {}}, or one of the two";
        report.error(place, &block.path_of("protocols"), "must specify at least one protocol", help);
    }
    block.finish(report);
    Settings { id: id.into(), endpoints }
}

fn grpc(mut block: Block<'_>, report: &mut Report) -> Option<Endpoint> {
    let listen = listen(&mut block, GRPC_PORT, report);
    let limit = block.integer("max_recv_msg_size_mib", 0..=LARGEST_MIB, report).filter(|at| at.value > 0);
    let limit = limit.map_or(GRPC_MESSAGE_BYTES, |at| (at.value << 20) as usize);
    block.choice("transport", &[("tcp", ())], report);
    let enabled = block.boolean("enabled", report) != Some(false);
    block.refuse(&[("tls", TLS), ("auth", AUTH), ("middlewares", REMOVE)], report);
    let tuning = ["max_concurrent_streams", "read_buffer_size", "write_buffer_size", "keepalive", "include_metadata"];
    block.ignore(&tuning, report);
    block.finish(report);
    enabled.then_some(Endpoint { protocol: Protocol::Grpc, listen, limit })
}

fn http(mut block: Block<'_>, report: &mut Report) -> Option<Endpoint> {
    let listen = listen(&mut block, HTTP_PORT, report);
    let limit = block.integer("max_request_body_size", 0..=LARGEST_MIB << 20, report).filter(|at| at.value > 0);
    let limit = limit.map_or(HTTP_BODY_BYTES, |at| at.value as usize);
    block.choice("metrics_url_path", &[("/v1/metrics", ()), ("v1/metrics", ())], report);
    let enabled = block.boolean("enabled", report) != Some(false);
    let refused =
        [("tls", TLS), ("auth", AUTH), ("cors", REMOVE), ("response_headers", REMOVE), ("middlewares", REMOVE)];
    block.refuse(&refused, report);
    let tuning = [
        "traces_url_path",
        "logs_url_path",
        "profiles_url_path",
        "compression_algorithms",
        "include_metadata",
        "read_timeout",
        "read_header_timeout",
        "write_timeout",
        "idle_timeout",
        "keep_alives_enabled",
        "keepalive",
    ];
    block.ignore(&tuning, report);
    block.finish(report);
    enabled.then_some(Endpoint { protocol: Protocol::Http, listen, limit })
}

const TLS: &str = "end TLS in front of this host, in a load balancer or a sidecar, and remove the key";
const AUTH: &str = "listen on an address that only your clients reach, and remove the key";
const REMOVE: &str = "remove it";

fn listen(block: &mut Block<'_>, port: u16, report: &mut Report) -> Listen {
    block.listen("endpoint", port, report).map_or_else(|| Listen::localhost(port), |at| at.value)
}
