//! The guest `delta-to-cumulative`, native and as WebAssembly: every scenario runs through both, and both run on the same
//! random input.

mod merge;
mod runner;
mod same;
mod settings;
mod strict;
