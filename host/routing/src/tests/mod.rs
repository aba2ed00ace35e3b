//! Keys, hashes and rings against vectors of the Collector's own code, and properties.

mod balance;
mod build;
mod hashes;
mod keys;
mod made_by_go;
mod memo;
mod profile;
mod properties;
mod rings;
