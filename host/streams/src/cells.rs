//! State cells of one guest, a fixed number of words a stream. They are copied out for a call and back in after it, so that
//! a call that fails has changed nothing.

use std::io;

use super::prefetch::AHEAD;
use super::slab::Slab;
use super::stream::OutputStream;

/// Cells of all output streams of a table.
#[derive(Debug)]
pub struct Cells {
    words: usize,
    /// Words from one cell to the next: a power of two, so that no cell straddles cache lines without need.
    stride: usize,
    slab: Slab<u64>,
    /// One past the highest stream.
    end: usize,
}

impl Cells {
    /// A store for cells of `words` words each.
    #[must_use]
    pub fn new(words: usize) -> Self {
        Self { words, stride: words.next_power_of_two(), slab: Slab::default(), end: 0 }
    }

    /// Words of a cell.
    #[must_use]
    pub fn words(&self) -> usize {
        self.words
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.end * self.stride * size_of::<u64>()
    }

    /// Makes room for `stream` and sets its cell to `seed`, followed by zeroes. `seed` has at most [`Self::words`] words.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn reset(&mut self, stream: OutputStream, seed: &[u64]) -> io::Result<()> {
        if self.words > 0 {
            self.slab.reach(stream.index() * self.stride)?;
            self.end = self.end.max(stream.index() + 1);
            let cell = self.cell_mut(stream);
            cell.fill(0);
            cell[..seed.len()].copy_from_slice(seed);
        }
        Ok(())
    }

    /// Appends the cells of `streams` to `out`.
    pub fn gather(&self, streams: &[OutputStream], out: &mut Vec<u64>) {
        out.reserve(streams.len() * self.words);
        match self.words {
            0 => {}
            4 => self.gather_fixed::<4>(streams, out),
            _ => streams.iter().for_each(|&stream| out.extend_from_slice(self.cell(stream))),
        }
    }

    /// Overwrites the cells of `streams` with `cells`, which holds one for each.
    pub fn scatter(&mut self, streams: &[OutputStream], cells: &[u64]) {
        match self.words {
            0 => {}
            4 => self.scatter_fixed::<4>(streams, cells),
            words => {
                for (&stream, cell) in streams.iter().zip(cells.chunks_exact(words)) {
                    self.cell_mut(stream).copy_from_slice(cell);
                }
            }
        }
    }

    #[inline]
    fn cell(&self, stream: OutputStream) -> &[u64] {
        self.slab.run(stream.index() * self.stride, self.words)
    }

    #[inline]
    fn cell_mut(&mut self, stream: OutputStream) -> &mut [u64] {
        self.slab.run_mut(stream.index() * self.stride, self.words)
    }

    /// Cells whose size is known to the compiler are copied in registers.
    fn gather_fixed<const WORDS: usize>(&self, streams: &[OutputStream], out: &mut Vec<u64>) {
        for (index, &stream) in streams.iter().enumerate() {
            if let Some(&later) = streams.get(index + AHEAD) {
                self.slab.prefetch(later.index() * self.stride);
            }
            if let Some(cell) = self.cell(stream).first_chunk::<WORDS>() {
                out.extend_from_slice(cell);
            }
        }
    }

    fn scatter_fixed<const WORDS: usize>(&mut self, streams: &[OutputStream], cells: &[u64]) {
        let (cells, _) = cells.as_chunks::<WORDS>();
        for (index, (&stream, cell)) in streams.iter().zip(cells).enumerate() {
            if let Some(&later) = streams.get(index + AHEAD) {
                self.slab.prefetch(later.index() * self.stride);
            }
            if let Some(place) = self.cell_mut(stream).first_chunk_mut::<WORDS>() {
                *place = *cell;
            }
        }
    }
}
