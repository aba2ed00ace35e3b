//! Histograms of both kinds through the guest's interfaces: columns and cells, native and as WebAssembly.

mod merge;
pub mod runner;
mod same;
mod strict;
