//! Exporters other than remote write, and what all of them need.

pub mod debug;
pub mod exposition;
pub mod families;
pub mod prometheus;
pub mod series;
mod shared;

#[cfg(test)]
mod tests;
