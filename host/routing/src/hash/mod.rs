//! Hashes of the Collector, bit by bit: of attributes ([`MapHasher`]; contrib `pkg/pdatautil`, later core
//! `xpdata/xhash`), and of resources and streams (contrib `internal/exp/metrics/identity`).

mod fnv;
mod map;

pub use fnv::Fnv;
pub use map::{HashGeneration, MapHasher};
