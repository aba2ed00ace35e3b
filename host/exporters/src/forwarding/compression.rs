//! How a batch is compressed.

use std::io;

use bytes::Bytes;
use forward::batch::Batch;
use snap::write::FrameEncoder;

/// Levels of gzip, zlib and zstd. Fast ones: a gateway pays for each point, and what it saves stays within a data centre.
const DEFLATE_LEVEL: u32 = 1;
const ZSTD_LEVEL: i32 = 1;

/// How a batch is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Gzip.
    Gzip,
    /// Zlib, which HTTP calls deflate as well.
    Zlib,
    /// The same under its other name.
    Deflate,
    /// Zstandard.
    Zstd,
    /// Snappy: a block over HTTP, a stream of frames over gRPC.
    Snappy,
    /// Snappy, as a stream of frames over HTTP.
    SnappyFramed,
    /// LZ4.
    Lz4,
}

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// OTLP/gRPC.
    Grpc,
    /// OTLP/HTTP.
    Http,
}

/// The words of the configuration over gRPC.
pub const OF_GRPC: &[(&str, Compression)] = &[
    ("gzip", Compression::Gzip),
    ("zstd", Compression::Zstd),
    ("snappy", Compression::Snappy),
    ("none", Compression::None),
    ("", Compression::None),
];

/// The words of the configuration over HTTP.
pub const OF_HTTP: &[(&str, Compression)] = &[
    ("gzip", Compression::Gzip),
    ("zstd", Compression::Zstd),
    ("snappy", Compression::Snappy),
    ("x-snappy-framed", Compression::SnappyFramed),
    ("zlib", Compression::Zlib),
    ("deflate", Compression::Deflate),
    ("lz4", Compression::Lz4),
    ("none", Compression::None),
    ("", Compression::None),
];

impl Compression {
    /// What the header calls it; none where nothing is compressed.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::None => return None,
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
            Self::Snappy => "snappy",
            Self::SnappyFramed => "x-snappy-framed",
            Self::Lz4 => "lz4",
        })
    }

    /// A batch as it is sent, in pieces.
    ///
    /// # Errors
    /// If the system has no memory, or the batch is larger than the format allows.
    pub fn apply(self, batch: &Batch, protocol: Protocol) -> io::Result<Vec<Bytes>> {
        let level = flate2::Compression::new(DEFLATE_LEVEL);
        let compressed = match self {
            Self::None => return Ok(batch.pieces().to_vec()),
            Self::Gzip => written(batch, flate2::write::GzEncoder::new(Vec::new(), level))?.finish()?,
            Self::Zlib | Self::Deflate => {
                written(batch, flate2::write::ZlibEncoder::new(Vec::new(), level))?.finish()?
            }
            Self::Zstd => written(batch, zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?)?.finish()?,
            Self::Lz4 => written(batch, lz4_flex::frame::FrameEncoder::new(Vec::new()))?.finish()?,
            Self::Snappy if protocol == Protocol::Http => {
                snap::raw::Encoder::new().compress_vec(&batch.contiguous()).map_err(io::Error::other)?
            }
            Self::Snappy | Self::SnappyFramed => written(batch, FrameEncoder::new(Vec::new()))?
                .into_inner()
                .map_err(snap::write::IntoInnerError::into_error)?,
        };
        Ok(vec![compressed.into()])
    }
}

fn written<W: io::Write>(batch: &Batch, mut encoder: W) -> io::Result<W> {
    batch.pieces().iter().try_for_each(|piece| encoder.write_all(piece))?;
    Ok(encoder)
}
