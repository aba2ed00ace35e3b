//! Why a request is not taken, and what becomes of one that is.

use std::error::Error;
use std::sync::Arc;

use thiserror::Error;

use crate::drops::Tally;
use crate::failed::{Failed, Full, TooLarge};
use crate::stage::StageError;
use otlp::wire::{Fault, Malformed};

/// Why a request was not taken. Nothing of it has been counted, or it may be sent again without harm.
#[derive(Debug, Clone, Error)]
pub enum Refusal {
    /// The sender's fault; the same again would be refused again.
    #[error("malformed OTLP at byte {offset}: {fault}")]
    Malformed {
        /// What is wrong.
        fault: Fault,
        /// Where, bytes from the beginning of the uncompressed request.
        offset: usize,
    },
    /// The sender's fault, found before there were bytes of protobuf, or by the full decoder.
    #[error("malformed OTLP: {0}")]
    Undecodable(Arc<dyn Error + Send + Sync>),
    /// Ours, for now.
    #[error("{0}")]
    Full(Full),
    /// The sender's fault: whatever room there is, this does not fit.
    #[error("{0}")]
    TooLarge(TooLarge),
    /// New streams take too long to be decided about, for now.
    #[error("a processor takes too long to decide about the new streams of this request: send it again")]
    Undecided,
    /// A processor's.
    #[error("a processor failed: {0}")]
    Failed(StageError),
    /// The host is on its way out.
    #[error("the host is shutting down")]
    Stopping,
}

impl Refusal {
    /// Whether the same request may be taken later.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Malformed { .. } | Self::Undecodable(_) | Self::TooLarge(_) => false,
            Self::Full(_) | Self::Undecided | Self::Stopping => true,
            Self::Failed(error) => error.may_retry,
        }
    }

    /// What went wrong with a part of the request `bytes`.
    pub(crate) fn of(failed: Failed, bytes: &[u8]) -> Self {
        match failed {
            Failed::Malformed(malformed) => Self::malformed(malformed, bytes),
            Failed::Stage(error) => Self::Failed(error),
            Failed::Full(full) => Self::Full(full),
            Failed::TooLarge(too_large) => Self::TooLarge(too_large),
            Failed::Undecided => Self::Undecided,
            Failed::Stopping => Self::Stopping,
        }
    }

    pub(crate) fn malformed(malformed: Malformed, bytes: &[u8]) -> Self {
        Self::Malformed { fault: malformed.fault, offset: malformed.offset(bytes) }
    }
}

/// What became of a request that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Points in it.
    pub points: u64,
    /// Points that were dropped, by reason.
    pub dropped: Tally,
    /// A sentence about them; empty if there are none.
    pub message: String,
}
