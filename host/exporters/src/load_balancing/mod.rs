//! Streams spread over workers: a ring says which worker has which, a resolver which workers there are.

pub mod block;
mod calls;
mod kind;
mod members;
mod metrics;
mod route;
#[cfg(test)]
mod tests;

pub use kind::KIND;
