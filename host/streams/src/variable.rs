//! State cells without a fixed size, such as those of histograms. They are copied out for a call and back in after it, as
//! those of numbers are.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::stream::OutputStream;

/// Cells by stream; streams without one have an empty cell.
#[derive(Debug, Default)]
pub struct VariableCells {
    cells: HashMap<OutputStream, Box<[u64]>, RandomState>,
    words: usize,
}

impl VariableCells {
    /// Sets the cell of `stream`.
    pub fn set(&mut self, stream: OutputStream, cell: &[u64]) {
        match self.cells.get_mut(&stream) {
            // Most cells keep their size.
            Some(known) if known.len() == cell.len() => known.copy_from_slice(cell),
            _ => {
                self.forget(stream);
                if !cell.is_empty() {
                    self.words += cell.len();
                    self.cells.insert(stream, cell.into());
                }
            }
        }
    }

    /// Removes the cell of `stream`.
    pub fn forget(&mut self, stream: OutputStream) {
        if let Some(cell) = self.cells.remove(&stream) {
            self.words -= cell.len();
        }
    }

    /// Replaces `words` with the cells of `streams`, one behind the other, and `offsets` with where each begins, and the end.
    pub fn gather(&self, streams: &[OutputStream], offsets: &mut Vec<u32>, words: &mut Vec<u64>) {
        offsets.clear();
        words.clear();
        offsets.push(0);
        for stream in streams {
            words.extend_from_slice(self.cells.get(stream).map_or(&[], |cell| &**cell));
            offsets.push(words.len() as u32);
        }
    }

    /// Overwrites the cells of `streams`; columns as [`Self::gather`] makes them.
    pub fn scatter(&mut self, streams: &[OutputStream], offsets: &[u32], words: &[u64]) {
        for (&stream, [start, end]) in streams.iter().zip(offsets.array_windows()) {
            self.set(stream, words.get(*start as usize..*end as usize).unwrap_or_default());
        }
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.words * size_of::<u64>() + self.cells.capacity() * size_of::<(OutputStream, Box<[u64]>)>()
    }
}
