//! `k8s`: the ready endpoints of a service, watched by the API server's HTTP interface (Kubernetes, `discovery.k8s.io/v1`).

pub(crate) mod access;
pub mod block;
mod lines;
pub(crate) mod service;
mod slices;
pub(crate) mod watching;
