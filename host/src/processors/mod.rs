//! Native processors.

pub mod memory_limiter;
