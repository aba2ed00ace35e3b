//! State cells without a fixed size, such as those of histograms. They are copied out for a call and back in after it, as
//! those of numbers are.

use std::collections::HashMap;

use foldhash::quality::RandomState;

/// Cells by row; rows without one have an empty cell.
#[derive(Debug, Default)]
pub struct VariableCells {
    cells: HashMap<u32, Box<[u64]>, RandomState>,
    words: usize,
}

impl VariableCells {
    /// Sets the cell of `row`.
    pub fn set(&mut self, row: u32, cell: &[u64]) {
        match self.cells.get_mut(&row) {
            // Most cells keep their size.
            Some(known) if known.len() == cell.len() => known.copy_from_slice(cell),
            _ => {
                self.forget(row);
                if !cell.is_empty() {
                    self.words += cell.len();
                    self.cells.insert(row, cell.into());
                }
            }
        }
    }

    /// Removes the cell of `row`.
    pub fn forget(&mut self, row: u32) {
        if let Some(cell) = self.cells.remove(&row) {
            self.words -= cell.len();
        }
    }

    /// Replaces `words` with the cells of `rows`, one behind the other, and `offsets` with where each begins, and the end.
    pub fn gather(&self, rows: &[u32], offsets: &mut Vec<u32>, words: &mut Vec<u64>) {
        offsets.clear();
        words.clear();
        offsets.push(0);
        for row in rows {
            words.extend_from_slice(self.cells.get(row).map_or(&[], |cell| &**cell));
            offsets.push(words.len() as u32);
        }
    }

    /// Overwrites the cells of `rows`; columns as [`Self::gather`] makes them.
    pub fn scatter(&mut self, rows: &[u32], offsets: &[u32], words: &[u64]) {
        for (&row, [start, end]) in rows.iter().zip(offsets.array_windows()) {
            self.set(row, words.get(*start as usize..*end as usize).unwrap_or_default());
        }
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.words * size_of::<u64>() + self.cells.capacity() * size_of::<(u32, Box<[u64]>)>()
    }
}
