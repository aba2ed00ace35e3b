//! One attempt at a batch: compressed, authenticated, sent.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use component::authenticator::{AuthenticationError, Retry};
use delivery::{Outcome, Reach};
use forward::batch::Batch;
use http::header::{HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue, Uri};
use thiserror::Error;

use super::authentication::Authentication;
use super::body::Pieces;
use super::compression::{Compression, Protocol};
use super::transport::{Answer, Transport, TransportError};

/// Batches that are smaller are compressed at once; others on a thread of their own, as others would wait meanwhile.
const LARGE_BYTES: usize = 64 << 10;

/// In front of a gRPC message: whether it is compressed, and its length.
const GRPC_PREFIX: usize = 5;

/// What sends the batches of a lane.
pub struct Sending {
    /// The connection.
    pub transport: Transport,
    /// Whom it goes to.
    pub uri: Uri,
    /// The same headers each time.
    pub headers: HeaderMap,
    /// Who sends.
    pub authentication: Authentication,
    /// How batches are compressed.
    pub compression: Compression,
    /// What is spoken.
    pub protocol: Protocol,
}

/// Why a batch was not answered.
#[derive(Debug, Error)]
pub enum SendError {
    /// It could not be compressed.
    #[error("cannot compress: {0}")]
    Compression(#[from] io::Error),
    /// It could not be authenticated.
    #[error(transparent)]
    Authentication(#[from] AuthenticationError),
    /// It was sent, if at all, into the void.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

impl SendError {
    /// What follows. Without credentials nothing is lost: requests wait for them.
    pub fn outcome<E: From<Self>>(self) -> Outcome<E> {
        match self {
            Self::Compression(_) => Outcome::Rejected(self.into()),
            Self::Authentication(ref error) if error.retry == Retry::Helps => {
                Outcome::Held { error: self.into(), pause: Duration::ZERO }
            }
            Self::Authentication(_) => Outcome::Rejected(self.into()),
            Self::Transport(ref error) => {
                let reach = if matches!(error, TransportError::Connect(_)) { Reach::Nowhere } else { Reach::Receiver };
                Outcome::Failed { error: self.into(), retry_after: None, reach }
            }
        }
    }
}

impl Sending {
    /// Sends a batch; a second time where the authenticator asks for it.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(&self, batch: &Batch) -> Result<Answer, SendError> {
        let pieces = self.encode(batch).await?;
        let mut is_repeated = false;
        loop {
            let whole = if self.authentication.reads_bodies() { pieces.concat() } else { Vec::new() };
            let (headers, stamp) = self.authentication.headers(&self.uri, &self.headers, &whole).await?;
            drop(whole);
            let answer = self.transport.post(headers, Pieces::new(pieces.clone())).await?;
            if is_repeated || !self.authentication.wants_repeat(stamp, &self.uri, &answer) {
                return Ok(answer);
            }
            is_repeated = true;
        }
    }

    /// A batch as it goes over the wire.
    async fn encode(&self, batch: &Batch) -> io::Result<Vec<Bytes>> {
        let (compression, protocol) = (self.compression, self.protocol);
        let mut pieces = if compression == Compression::None || batch.bytes() < LARGE_BYTES {
            compression.apply(batch, protocol)?
        } else {
            let batch = batch.clone();
            let compressed = tokio::task::spawn_blocking(move || compression.apply(&batch, protocol)).await;
            compressed.map_err(io::Error::other)??
        };
        if protocol == Protocol::Grpc {
            let length: usize = pieces.iter().map(Bytes::len).sum();
            let mut prefix = [0; GRPC_PREFIX];
            prefix[0] = u8::from(compression != Compression::None);
            prefix[1..].copy_from_slice(&u32::try_from(length).map_err(io::Error::other)?.to_be_bytes());
            pieces.insert(0, Bytes::copy_from_slice(&prefix));
        }
        Ok(pieces)
    }
}

/// Adds the headers that say who is asked, and by what.
pub fn add_common(headers: &mut HeaderMap, uri: &Uri) {
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("alluvium/", env!("CARGO_PKG_VERSION"))));
    if let Some(host) = uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok())
        && !headers.contains_key(HOST)
    {
        headers.insert(HOST, host);
    }
}
