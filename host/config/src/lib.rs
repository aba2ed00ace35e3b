//! The configuration language, in the order of its stages. It knows no component.
//!
//! Texts are found and put together ([`source`]: locations, merging, `${...}`) and become one tree ([`yaml`], [`node`])
//! that knows where everything stands. Blocks are declared, and read by their declaration ([`schema`]); the frame around
//! them is read key by key ([`block`]); single values are [`number`], [`scalar`], [`address`]. All problems come at once,
//! each with its place and what to do ([`report`], `render`); what a reference stands for appears in none of them
//! (`withheld`).

pub mod address;
pub mod block;
pub mod guess;
pub mod node;
pub mod number;
pub mod place;
pub mod quote;
mod render;
pub mod report;
pub mod scalar;
pub mod schema;
pub mod secret;
pub mod source;
mod withheld;
pub mod write;
pub mod yaml;
