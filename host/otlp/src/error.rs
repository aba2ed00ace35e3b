//! Why no request can be made of a body.

use std::fmt::Display;

use thiserror::Error;

/// Why a body is not taken.
#[derive(Debug, Error)]
pub enum BodyError {
    /// It is larger than it may be, before or after it was inflated.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The host holds too much already.
    #[error("no room for the body")]
    NoRoom,
    /// It is not what its encoding says.
    #[error("the body is not valid {encoding}: {why}")]
    Corrupt {
        /// The encoding's name.
        encoding: &'static str,
        /// What is wrong.
        why: String,
    },
    /// It has more parts, each compressed by itself, than [`MEMBERS`](crate::inflate::MEMBERS).
    #[error("the body has more than {} {encoding} members or frames", crate::inflate::MEMBERS)]
    TooManyMembers {
        /// The encoding's name.
        encoding: &'static str,
    },
    /// The connection broke, or the sender said a length and sent another.
    #[error("the body ended early: {0}")]
    Broken(String),
}

impl BodyError {
    /// A body that is not what its encoding says.
    pub fn corrupt(encoding: &'static str, why: impl Display) -> Self {
        Self::Corrupt { encoding, why: why.to_string() }
    }
}
