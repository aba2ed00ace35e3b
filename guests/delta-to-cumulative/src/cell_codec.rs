//! Cells of histograms, word by word. A cell that no guest has written is read as far as it goes; what is missing is zero.

/// Words of a cell, at most (WIT, `variable-cells`).
pub(crate) const MOST_WORDS: usize = 512;

/// Words that are still to be read.
pub(crate) struct Words<'a>(pub(crate) &'a [u64]);

impl<'a> Words<'a> {
    pub(crate) fn next(&mut self) -> u64 {
        self.run(1).first().copied().unwrap_or(0)
    }

    pub(crate) fn double(&mut self) -> f64 {
        f64::from_bits(self.next())
    }

    /// A list that [`put_list`] has written.
    pub(crate) fn list(&mut self) -> &'a [u64] {
        let length = self.next();
        self.run(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn run(&mut self, length: usize) -> &'a [u64] {
        let (run, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        run
    }
}

/// Appends a list: its length, then its entries.
pub(crate) fn put_list(list: impl ExactSizeIterator<Item = u64>, out: &mut Vec<u64>) {
    out.push(list.len() as u64);
    out.extend(list);
}
