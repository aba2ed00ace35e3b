//! Extensions: what stands beside the pipelines.

pub mod health_check;
