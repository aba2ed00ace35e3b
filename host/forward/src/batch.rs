//! What waits in a lane: requests one after another, which together are a request again.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use clock::{Moment, MonotonicNanos};
use delivery::{Item, Pieces};

/// The first piece of memory of a batch, bytes. Each next one is twice as large, so that what is written is not moved.
const FIRST_PIECE: usize = 16 << 10;

/// The largest piece, bytes, unless a request is larger.
const LARGEST_PIECE: usize = 512 << 10;

/// Where a request of a batch ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Border {
    /// Bytes from the beginning of the batch.
    end: usize,
    /// Points of this request.
    points: usize,
}

/// A batch that is being filled.
#[derive(Debug, Default)]
pub struct OpenBatch {
    /// Pieces that are full.
    pieces: Vec<Bytes>,
    /// The piece that is being filled.
    piece: Vec<u8>,
    borders: Vec<Border>,
    bytes: usize,
    points: usize,
    since: Option<MonotonicNanos>,
}

/// A batch that is complete. Cheap to clone in parts: its bytes are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pieces: Vec<Bytes>,
    borders: Vec<Border>,
    points: usize,
}

impl OpenBatch {
    /// Appends a request of `bytes` bytes and `points` points, which `write` writes.
    pub fn append(&mut self, bytes: usize, points: usize, now: Moment, write: impl FnOnce(&mut Vec<u8>)) {
        if self.piece.capacity() - self.piece.len() < bytes {
            self.begin_piece(bytes);
        }
        let before = self.piece.len();
        write(&mut self.piece);
        self.bytes += self.piece.len() - before;
        self.points += points;
        self.borders.push(Border { end: self.bytes, points });
        self.since.get_or_insert(now.monotonic);
    }

    #[cold]
    fn begin_piece(&mut self, bytes: usize) {
        let next = (self.piece.capacity() * 2).clamp(FIRST_PIECE, LARGEST_PIECE).max(bytes);
        let full = std::mem::replace(&mut self.piece, Vec::with_capacity(next));
        if !full.is_empty() {
            self.pieces.push(full.into());
        }
    }

    /// Bytes in it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Points in it.
    #[must_use]
    pub fn points(&self) -> usize {
        self.points
    }

    /// Requests in it.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.borders.len()
    }

    /// Whether no request is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.borders.is_empty()
    }

    /// How long ago its first request came.
    #[must_use]
    pub fn age(&self, now: Moment) -> Duration {
        self.since.map_or(Duration::ZERO, |since| now.monotonic.since(since))
    }

    /// Ends it; it is empty then.
    pub fn close(&mut self) -> Batch {
        let Self { mut pieces, piece, borders, points, .. } = std::mem::take(self);
        if !piece.is_empty() {
            pieces.push(piece.into());
        }
        Batch { pieces, borders, points }
    }
}

impl Batch {
    /// Its bytes, piece by piece.
    #[must_use]
    pub fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    /// How many bytes it has.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }

    /// How many requests it has been put together from.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.borders.len()
    }

    /// All of it in one piece.
    #[must_use]
    pub fn contiguous(&self) -> Bytes {
        match self.pieces.as_slice() {
            [piece] => piece.clone(),
            pieces => pieces.concat().into(),
        }
    }

    /// Where a request begins, or all of them end.
    fn begin(&self, request: usize) -> usize {
        request.checked_sub(1).map_or(0, |before| self.borders[before].end)
    }
}

/// Requests that were put together can be taken apart again.
impl Pieces for Batch {
    type Item = Self;

    fn count(&self) -> usize {
        self.borders.len()
    }

    fn bytes(&self) -> usize {
        self.bytes()
    }

    fn item(&self, requests: Range<usize>) -> Self {
        let (begin, end) = (self.begin(requests.start), self.begin(requests.end));
        let (mut pieces, mut start) = (Vec::new(), 0);
        for piece in &self.pieces {
            let cut = |at: usize| at.saturating_sub(start).min(piece.len());
            let own = cut(begin)..cut(end);
            start += piece.len();
            if !own.is_empty() {
                pieces.push(piece.slice(own));
            }
        }
        let borders = self.borders[requests.clone()].iter();
        let borders = borders.map(|border| Border { end: border.end - begin, ..*border }).collect();
        Self { pieces, borders, points: Pieces::points(self, requests) }
    }

    fn points(&self, requests: Range<usize>) -> usize {
        self.borders[requests].iter().map(|border| border.points).sum()
    }

    /// A request has nothing to do with another one.
    fn key(&self, request: usize) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.item(request..request + 1).pieces.hash(&mut hasher);
        hasher.finish()
    }

    /// A copy: what is kept for long holds no bytes of others.
    fn single(&self, request: usize) -> Self {
        let item = self.item(request..request + 1);
        Self { pieces: vec![Bytes::from(item.pieces.concat())], ..item }
    }

    fn join(parts: Vec<Self>) -> Option<Self> {
        let mut parts = parts.into_iter();
        let mut all = parts.next()?;
        for part in parts {
            let base = all.bytes();
            all.borders.extend(part.borders.iter().map(|border| Border { end: base + border.end, ..*border }));
            all.pieces.extend(part.pieces);
            all.points += part.points;
        }
        Some(all)
    }
}

impl Item for Batch {
    fn points(&self) -> usize {
        self.points
    }
}
