//! Requests handed on as they are.
//!
//! The points of a request are divided among lanes by a [`route`], and the raw bytes of each lane's points are put together to
//! requests again ([`splice`]), valid OTLP with everything around the points. What waits in a lane is a [`batch`] of such
//! requests, which remembers where each one ends. A [`forwarder`] reserves room for all parts of a request or none, and
//! delivers what waits in the lanes of its [`destination`]s; what waits for one that leaves goes to the others.
//! Nothing is decoded. This crate opens no connection.

pub mod batch;
pub mod destination;
pub mod forwarder;
pub mod keeper;
mod lane;
mod left;
mod rerouting;
pub mod route;
pub mod settings;
pub mod splice;
mod table;

#[cfg(test)]
mod tests;
