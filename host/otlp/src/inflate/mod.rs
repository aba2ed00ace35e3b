//! How a body is compressed, and how it is inflated: within its limit, and charged before memory is used.

mod deflate;
mod lz4;
mod snappy;
mod zstd;

use bytes::Bytes;

use super::bounded::Bounded;
use crate::error::BodyError;
use budget::Reservation;

/// Members of a gzip body, and frames of a zstd or LZ4 body. Each costs time for tables of its own, even if nothing is in
/// it: some microseconds for 9 to 20 bytes. Tools that cut what they compress do so every 64 KiB or later, which makes 320
/// of the largest body by default.
pub const MEMBERS: usize = 4_096;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// Gzip, any number of members.
    Gzip,
    /// Zlib, which HTTP calls deflate.
    Zlib,
    /// Zstandard, any number of frames.
    Zstd,
    /// Snappy, as one block or as a stream of frames: the stream says so.
    Snappy,
    /// Snappy, as a stream of frames.
    SnappyFramed,
    /// LZ4, any number of frames.
    Lz4,
}

impl Encoding {
    /// The encodings of gRPC, as `grpc-accept-encoding` lists them.
    pub const OF_GRPC: &str = "identity,gzip,snappy,zstd";

    /// The encoding that `Content-Encoding` names, as the Collector names them.
    #[must_use]
    pub fn of_http(name: &str) -> Option<Self> {
        match name {
            "" | "identity" => Some(Self::Identity),
            "gzip" => Some(Self::Gzip),
            "zlib" | "deflate" => Some(Self::Zlib),
            "zstd" => Some(Self::Zstd),
            "snappy" => Some(Self::Snappy),
            "x-snappy-framed" => Some(Self::SnappyFramed),
            "lz4" => Some(Self::Lz4),
            _ => None,
        }
    }

    /// The encoding that `grpc-encoding` names.
    #[must_use]
    pub fn of_grpc(name: &str) -> Option<Self> {
        match name {
            "" | "identity" => Some(Self::Identity),
            "gzip" => Some(Self::Gzip),
            "snappy" => Some(Self::Snappy),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// Inflates a body to at most `limit` bytes. The reservation is the body's; afterwards it is that of the memory in which stands
/// what came out.
///
/// # Errors
/// [`BodyError`], except that nothing is read.
pub fn inflate(
    compressed: Bytes,
    encoding: Encoding,
    limit: usize,
    reservation: &mut Reservation,
) -> Result<Bytes, BodyError> {
    let mut inflated = Bounded::new(limit, reservation);
    match encoding {
        Encoding::Identity => return Ok(compressed),
        Encoding::Gzip => deflate::gzip(&compressed, &mut inflated)?,
        Encoding::Zlib => deflate::zlib(&compressed, &mut inflated)?,
        Encoding::Zstd => zstd::inflate(&compressed, &mut inflated)?,
        Encoding::Snappy => snappy::detect(&compressed, &mut inflated)?,
        Encoding::SnappyFramed => snappy::framed(&compressed, &mut inflated)?,
        Encoding::Lz4 => lz4::inflate(&compressed, &mut inflated)?,
    }
    inflated.finish()
}

/// Counts members or frames.
struct Members {
    encoding: &'static str,
    begun: usize,
}

impl Members {
    fn new(encoding: &'static str) -> Self {
        Self { encoding, begun: 0 }
    }

    /// Another one begins.
    fn begin(&mut self) -> Result<(), BodyError> {
        self.begun += 1;
        if self.begun > MEMBERS { Err(BodyError::TooManyMembers { encoding: self.encoding }) } else { Ok(()) }
    }
}
