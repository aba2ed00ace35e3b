//! Processors: stages of a pipeline that are guests ([`guest`]), and what is native.

pub mod guest;
pub mod memory_limiter;
