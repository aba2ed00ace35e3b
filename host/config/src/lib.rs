//! The configuration language: the Collector's YAML as written ([`yaml`], [`node`], [`expand`]), read block by block
//! ([`block`], [`scalar`], [`address`]). All problems come at once, each with its place and what to do ([`report`],
//! `render`). It knows the language and no component.

pub mod address;
pub mod block;
pub mod expand;
pub mod guess;
pub mod node;
pub mod number;
mod render;
pub mod report;
pub mod scalar;
pub mod yaml;
