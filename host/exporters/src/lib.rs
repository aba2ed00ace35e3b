//! Exporters: where the pipeline's totals go.

pub mod debug;
pub mod forwarding;
pub mod labelling;
pub mod load_balancing;
pub mod nop;
pub mod otlp_grpc;
pub mod otlp_http;
pub mod remote_write;
pub mod scrape;
