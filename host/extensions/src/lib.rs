//! Extensions: what stands beside the pipelines.

pub mod health_check;
mod idle;
pub mod pprof;
pub mod sigv4auth;
pub mod zpages;
