//! Blocks that several components have, each declared once.

mod client_auth;
mod grpc_client;
mod grpc_server;
mod http_client;
mod http_server;
mod retry;
mod sending_queue;
#[cfg(test)]
mod tests;
mod tls;

pub use client_auth::ClientAuth;
pub use grpc_client::GrpcClient;
pub use grpc_server::GrpcServer;
pub use http_client::HttpClient;
pub use http_server::HttpServer;
pub use retry::RetryOnFailure;
pub use sending_queue::{QueueBatch, QueueSizer, SendingQueue, SizedBy};
pub use tls::{Certificates, ClientTls, GrpcTls};

config::block! {
    /// It has no keys.
    pub struct Nothing {}
}
