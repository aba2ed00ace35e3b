//! Why a detector has found nothing.

use thiserror::Error;

/// Why a detector has found nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// The host does not run where the detector looks.
    #[error("{0}")]
    Absent(String),
    /// Something went wrong.
    #[error("{message}")]
    Failed {
        /// What, and whose fault it is.
        message: String,
        /// What to do; empty if the message says it.
        help: &'static str,
        /// Whether it may go well later.
        may_retry: bool,
    },
}

impl Failure {
    /// Something that may go well later.
    #[must_use]
    pub fn passing(message: impl Into<String>) -> Self {
        let help = "see whether it answers; a longer timeout or retry.max_elapsed_time waits for it";
        Self::Failed { message: message.into(), help, may_retry: true }
    }

    /// Something that does not get better by itself.
    #[must_use]
    pub fn lasting(message: impl Into<String>, help: &'static str) -> Self {
        Self::Failed { message: message.into(), help, may_retry: false }
    }

    /// Whether another attempt may go well.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        matches!(self, Self::Failed { may_retry: true, .. })
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Absent(_) => "remove the detector, or fail_on_missing_metadata",
            Self::Failed { help, .. } => help,
        }
    }
}
