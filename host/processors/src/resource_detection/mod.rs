//! `resource_detection`: finds out, once at the start, where the host runs, and adds that to the resource of each stream.
//!
//! Detectors ask the environment, the container platform, the instance's metadata or the system, all at once. What they say
//! is put together in the order of their list ([`detect`]). From then on the processor only shapes: [`stage`] changes the
//! description of a stream, once, and never sees a point.

pub mod attributes;
pub mod block;
pub mod detect;
pub mod detector;
pub mod ec2;
pub mod ecs;
pub mod env;
pub mod failure;
mod kind;
mod merge;
pub mod metadata;
mod metrics;
pub mod settings;
pub mod stage;
mod switches;
pub mod system;

pub use kind::KIND;

#[cfg(test)]
mod tests;
