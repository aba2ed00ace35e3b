//! `sigv4auth`: signs requests for Amazon's services, Amazon Managed Service for Prometheus above all.
//!
//! [`sign`] knows how; [`scope`] for which region and service; [`credentials`] with what, and when to fetch it anew; [`skew`]
//! at which time; [`refusal`] what it means when a server refuses a signature. Nothing here shows a secret.

mod authenticator;
pub mod block;
pub mod credentials;
mod kind;
mod metrics;
mod refusal;
pub mod scope;
pub mod settings;
pub mod sign;
mod skew;

pub use authenticator::Signer;
pub use kind::KIND;

#[cfg(test)]
mod tests;
