//! The configuration language: the Collector's YAML as written ([`yaml`], [`node`], [`expand`]); blocks that are declared
//! and read by their declaration ([`schema`], [`shared`]); the frame around them ([`block`]). All problems come at once,
//! each with its place and what to do ([`report`], `render`). It knows the language and no component.

pub mod address;
pub mod block;
pub mod expand;
pub mod guess;
pub mod node;
mod render;
pub mod report;
pub mod scalar;
pub mod schema;
pub mod secret;
pub mod write;
pub mod yaml;
