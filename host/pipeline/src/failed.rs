//! Why a part of a request came to nothing.

use std::error::Error;
use std::sync::Arc;

use thiserror::Error;

use super::stage::StageError;
use otlp::wire::Malformed;

/// Why a job came to nothing.
#[derive(Debug, Clone)]
pub enum Failed {
    /// The sender's fault, found in a description that was seen for the first time. Nothing was changed.
    Malformed(Malformed),
    /// A stage's. Sent again it does no harm: the points that did get through are recognised.
    Stage(StageError),
    /// There is no room for it now.
    Full(Full),
    /// There will never be room for it.
    TooLarge(TooLarge),
    /// It takes too long to decide about new streams.
    Undecided,
    /// The host is on its way out.
    Stopping,
}

impl Failed {
    /// Whether the same points may fare better when they come again.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Malformed(_) | Self::TooLarge(_) => false,
            Self::Stage(error) => error.may_retry,
            Self::Full(_) | Self::Undecided | Self::Stopping => true,
        }
    }
}

/// What has no room now.
#[derive(Debug, Clone, Error)]
pub enum Full {
    /// Requests in hand.
    #[error("{limit} bytes of requests are being processed already")]
    InFlight {
        /// Their bound.
        limit: usize,
    },
    /// The requests of an exporter.
    #[error("{limit} requests wait for exporter {exporter}")]
    Requests {
        /// Its id.
        exporter: Arc<str>,
        /// Their bound.
        limit: usize,
    },
    /// The queue of an exporter.
    #[error("the queue of exporter {exporter} ({limit} bytes) is full")]
    Queue {
        /// Its id.
        exporter: Arc<str>,
        /// The queue's bound.
        limit: usize,
    },
    /// Nobody is known to send to.
    #[error("exporter {exporter} knows no destination yet")]
    NoDestination {
        /// Its id.
        exporter: Arc<str>,
    },
    /// The host, says a processor.
    #[error("{0}")]
    Memory(Arc<dyn Error + Send + Sync>),
}

/// What is too large for good.
#[derive(Debug, Clone, Error)]
pub enum TooLarge {
    /// For the queue of an exporter.
    #[error(
        "the points of this request may take {bytes} bytes in the queue of exporter {exporter}, which has {limit}: send \
         smaller requests"
    )]
    ForQueue {
        /// What they may take.
        bytes: usize,
        /// The exporter's id.
        exporter: Arc<str>,
        /// The queue's bound.
        limit: usize,
    },
    /// To be put together.
    #[error("messages in pieces are taken in requests of up to {limit} bytes only")]
    InPieces {
        /// The bound.
        limit: usize,
    },
}
