//! Processors, a folder each: stages that run a guest ([`guest`]), and what is native.

pub mod attribute_filter;
pub mod attributes;
pub mod batch;
pub mod delta_to_cumulative;
pub mod filter;
pub mod guest;
pub mod matching;
pub mod memory_limiter;
pub mod resource;
pub mod resource_detection;
pub mod wasm;
