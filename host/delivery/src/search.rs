//! Which pieces of an item a receiver refuses, found with few requests.
//!
//! A request that is refused holds a bad piece at least, and nothing of it was taken. Its first half is sent: if that is
//! taken, the second is known to hold a bad piece, and is halved in turn without being sent; if it is refused, nothing is
//! known of the second, which is sent when the first has been settled. Of `n` pieces `k` bad ones are found with about
//! `2k log2(n/k)` requests at most. A piece is only blamed when a request that held it alone was refused.

use std::ops::Range;

/// What is left of an item, and how much of it a request may hold. It sends nothing and knows no time.
#[derive(Debug)]
pub struct Search {
    /// What has not been settled; the last span is next.
    spans: Vec<Span>,
    /// Pieces of a request at most: more was too large.
    most: usize,
    /// The same, until requests are taken again: less is tried where more has failed.
    window: usize,
    /// Pieces of the request that was asked for last.
    sent: usize,
}

/// Pieces that follow each other.
#[derive(Debug)]
struct Span {
    pieces: Range<usize>,
    /// It is known to hold a bad piece.
    is_bad: bool,
    /// If all of it is taken, the next span is known to hold a bad piece.
    clears: bool,
}

impl Search {
    /// Nothing is known of so many pieces.
    #[must_use]
    pub fn new(pieces: usize) -> Self {
        Self::of(std::iter::once(0..pieces))
    }

    /// Nothing is known of these pieces; they are sent in this order.
    pub fn of(pieces: impl DoubleEndedIterator<Item = Range<usize>>) -> Self {
        let span = |pieces| Span { pieces, is_bad: false, clears: false };
        let spans = pieces.filter(|pieces| !pieces.is_empty()).rev().map(span).collect();
        Self { spans, most: usize::MAX, window: usize::MAX, sent: 0 }
    }

    /// The pieces that the next request is to hold; none if all are settled. What came of it is to be told.
    pub fn next_request(&mut self) -> Option<Range<usize>> {
        while let Some(Span { pieces, .. }) = self.spans.pop_if(|span| span.is_bad && span.pieces.len() > 1) {
            let middle = pieces.start + pieces.len() / 2;
            self.spans.push(Span { pieces: middle..pieces.end, is_bad: false, clears: false });
            self.spans.push(Span { pieces: pieces.start..middle, is_bad: false, clears: true });
        }
        let span = self.spans.last()?;
        self.sent = span.pieces.len().min(self.window).min(self.most).max(1);
        Some(span.pieces.start..span.pieces.start + self.sent)
    }

    /// The request was taken. The next may be larger.
    pub fn taken(&mut self) {
        self.window = self.window.saturating_mul(2);
        if let Some(Span { clears: true, .. }) = self.settle()
            && let Some(next) = self.spans.last_mut()
        {
            next.is_bad = true;
        }
    }

    /// The request was refused. Returns its piece if it held one only: it is to blame, and settled.
    pub fn refused(&mut self) -> Option<usize> {
        let span = self.spans.last_mut()?;
        span.clears = false;
        let (start, sent) = (span.pieces.start, self.sent);
        if sent == 1 {
            span.is_bad = false;
            self.settle();
            return Some(start);
        }
        if sent < span.pieces.len() {
            span.is_bad = false;
            span.pieces.start += sent;
            self.spans.push(Span { pieces: start..start + sent, is_bad: true, clears: false });
        } else {
            span.is_bad = true;
        }
        None
    }

    /// The request was too large. Returns its piece if it held one only, which is settled.
    pub fn too_large(&mut self) -> Option<usize> {
        if self.sent > 1 {
            self.most = self.sent / 2;
            return None;
        }
        self.skip()
    }

    /// The next request is to hold half as much. Says whether it can.
    pub fn halve(&mut self) -> bool {
        self.window = (self.sent / 2).max(1);
        self.sent > 1
    }

    /// The pieces of the request are settled without any knowledge of them. Returns the first.
    pub fn skip(&mut self) -> Option<usize> {
        let span = self.spans.last_mut()?;
        (span.clears, span.is_bad) = (false, false);
        let first = span.pieces.start;
        self.settle();
        Some(first)
    }

    /// A piece is settled, wherever it is. Nothing is known of those around it.
    pub fn remove(&mut self, piece: usize) {
        let Some(at) = self.spans.iter().position(|span| span.pieces.contains(&piece)) else { return };
        let Range { start, end } = self.spans.remove(at).pieces;
        self.spans.iter_mut().for_each(|span| span.clears = false);
        let parts = [piece + 1..end, start..piece].into_iter().filter(|pieces| !pieces.is_empty());
        self.spans.splice(at..at, parts.map(|pieces| Span { pieces, is_bad: false, clears: false }));
    }

    /// The pieces of the request.
    #[must_use]
    pub fn sent(&self) -> Range<usize> {
        let start = self.spans.last().map_or(0, |span| span.pieces.start);
        start..start + self.sent
    }

    /// All pieces that are not settled.
    pub fn rest(&self) -> impl Iterator<Item = usize> {
        self.spans.iter().rev().flat_map(|span| span.pieces.clone())
    }

    /// Takes the pieces of the request from their span, and the span away with its last piece.
    fn settle(&mut self) -> Option<Span> {
        let sent = std::mem::take(&mut self.sent);
        let span = self.spans.last_mut()?;
        span.pieces.start += sent;
        self.spans.pop_if(|span| span.pieces.is_empty())
    }
}
