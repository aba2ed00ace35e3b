//! From streams to series, by the rules of Prometheus and of the Collector's exporters: [`names`] and [`labels`], what
//! output streams come to where their labels meet ([`series`], [`families`]), the resources that they are about
//! ([`targets`]), and the text format ([`exposition`]).

pub mod exposition;
pub mod families;
pub mod id;
pub mod label_set;
pub mod labels;
pub mod names;
mod sample;
pub mod series;
mod shared;
pub mod targets;

#[cfg(test)]
mod tests;
