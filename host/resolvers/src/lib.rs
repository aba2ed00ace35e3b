//! Where the workers behind a gateway are: the resolvers of the `load_balancing` exporter.
//!
//! A [`Resolver`] is made of its [`Settings`](settings::Settings) and watched ([`Watch`]): it says which [`Members`] there
//! are, and again whenever the list has changed. What every resolver that asks again and again has in common is in
//! [`polling`]: the pause, the timeout, the list that is kept when an answer fails.

pub mod block;
mod cloud_map;
mod counts;
mod dns;
pub mod endpoint;
mod fixed;
mod history;
mod http;
mod kubernetes;
mod polling;
mod resolver;
pub mod settings;
mod watch;

pub use counts::Counts;
pub use resolver::{Publisher, Resolver};
pub use watch::{Members, Watch};

#[cfg(test)]
mod tests;
