//! The ring of the gateway tier: which worker has which data point. It knows no network.
//!
//! A point has a routing key ([`key`]), made from the bytes of its request as the Collector makes it ([`walk`], [`hash`]).
//! The key has a [`Position`], which is remembered by the point's byte form, and a [`Ring`] says whose it is. When the list
//! of workers changes there is another ring; no key is made again. A [`Profile`] says which release of the Collector both
//! agree with.

pub mod hash;
pub mod key;
mod level;
mod position;
pub mod profile;
mod ring;
pub mod router;
mod value;
pub mod walk;

pub use key::RoutingKey;
pub use position::Position;
pub use profile::Profile;
pub use ring::Ring;
pub use router::Router;
pub use walk::{Route, Walk};

#[cfg(test)]
mod tests;
