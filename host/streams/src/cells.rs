//! State cells of one guest, a fixed number of words a row. They are copied out for a call and back in after it, so that
//! a call that fails has changed nothing.

use std::io;

use super::prefetch::AHEAD;
use super::slab::Slab;

/// Cells of all rows of a table.
#[derive(Debug)]
pub struct Cells {
    words: usize,
    /// Words from one cell to the next: a power of two, so that no cell straddles cache lines without need.
    stride: usize,
    slab: Slab<u64>,
    /// One past the highest row.
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

    /// Makes room for `row` and sets its cell to `seed`, followed by zeroes. `seed` has at most [`Self::words`] words.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn reset(&mut self, row: u32, seed: &[u64]) -> io::Result<()> {
        if self.words > 0 {
            self.slab.reach(row as usize * self.stride)?;
            self.end = self.end.max(row as usize + 1);
            let cell = self.cell_mut(row);
            cell.fill(0);
            cell[..seed.len()].copy_from_slice(seed);
        }
        Ok(())
    }

    /// Appends the cells of `rows` to `out`.
    pub fn gather(&self, rows: &[u32], out: &mut Vec<u64>) {
        out.reserve(rows.len() * self.words);
        match self.words {
            0 => {}
            4 => self.gather_fixed::<4>(rows, out),
            _ => rows.iter().for_each(|&row| out.extend_from_slice(self.cell(row))),
        }
    }

    /// Overwrites the cells of `rows` with `cells`, which holds one for each.
    pub fn scatter(&mut self, rows: &[u32], cells: &[u64]) {
        match self.words {
            0 => {}
            4 => self.scatter_fixed::<4>(rows, cells),
            words => {
                for (&row, cell) in rows.iter().zip(cells.chunks_exact(words)) {
                    self.cell_mut(row).copy_from_slice(cell);
                }
            }
        }
    }

    #[inline]
    fn cell(&self, row: u32) -> &[u64] {
        self.slab.run(row as usize * self.stride, self.words)
    }

    #[inline]
    fn cell_mut(&mut self, row: u32) -> &mut [u64] {
        self.slab.run_mut(row as usize * self.stride, self.words)
    }

    /// Cells whose size is known to the compiler are copied in registers.
    fn gather_fixed<const WORDS: usize>(&self, rows: &[u32], out: &mut Vec<u64>) {
        for (index, &row) in rows.iter().enumerate() {
            if let Some(&later) = rows.get(index + AHEAD) {
                self.slab.prefetch(later as usize * self.stride);
            }
            if let Some(cell) = self.cell(row).first_chunk::<WORDS>() {
                out.extend_from_slice(cell);
            }
        }
    }

    fn scatter_fixed<const WORDS: usize>(&mut self, rows: &[u32], cells: &[u64]) {
        let (cells, _) = cells.as_chunks::<WORDS>();
        for (index, (&row, cell)) in rows.iter().zip(cells).enumerate() {
            if let Some(&later) = rows.get(index + AHEAD) {
                self.slab.prefetch(later as usize * self.stride);
            }
            if let Some(place) = self.cell_mut(row).first_chunk_mut::<WORDS>() {
                *place = *cell;
            }
        }
    }
}
