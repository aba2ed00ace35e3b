//! Tables with one entry a stream. Entries live in chunks that never move, so that a growing table is never copied, and
//! the chunks ask for huge pages: a batch touches as many places as it has points, and with small pages most of its
//! time goes into finding them (cells of a million streams in random order: 65 ns a point, with huge pages 33).

use std::io;
use std::marker::PhantomData;

use bytemuck::{AnyBitPattern, NoUninit};
use memmap2::{Advice, MmapMut};

use super::prefetch::prefetch;

/// Bytes of a chunk: four huge pages of the common architectures, of which three at least are aligned.
const CHUNK_BYTES: usize = 8 << 20;

/// Entries by number, all zero until written. Memory is taken from the system when an entry is first touched.
#[derive(Debug)]
pub struct Slab<T> {
    chunks: Vec<MmapMut>,
    entry: PhantomData<T>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), entry: PhantomData }
    }
}

impl<T: AnyBitPattern + NoUninit> Slab<T> {
    const PER_CHUNK: usize = {
        assert!(size_of::<T>().is_power_of_two(), "entries must not straddle cache lines");
        CHUNK_BYTES / size_of::<T>()
    };

    /// Makes room for entry `index`.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn reach(&mut self, index: usize) -> io::Result<()> {
        while self.chunks.len() <= index / Self::PER_CHUNK {
            let chunk = MmapMut::map_anon(CHUNK_BYTES)?;
            // The first chunk stays with small pages, so that small tables stay small. Where the system has no huge
            // pages, small ones do.
            if !self.chunks.is_empty() {
                let _ = chunk.advise(Advice::HugePage);
            }
            self.chunks.push(chunk);
        }
        Ok(())
    }

    /// How many entries there is room for.
    #[must_use]
    pub fn reached(&self) -> usize {
        self.chunks.len() * Self::PER_CHUNK
    }

    /// Entry `index`, which [`Self::reach`] has made room for.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> &T {
        &self.chunk(index)[index % Self::PER_CHUNK]
    }

    /// The same, to be changed.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> &mut T {
        &mut self.chunk_mut(index)[index % Self::PER_CHUNK]
    }

    /// `length` entries from `index` on. A run whose length is a power of two and whose beginning is a multiple of it
    /// never crosses a chunk's end.
    #[inline]
    #[must_use]
    pub fn run(&self, index: usize, length: usize) -> &[T] {
        let start = index % Self::PER_CHUNK;
        &self.chunk(index)[start..start + length]
    }

    /// The same, to be changed.
    #[inline]
    pub fn run_mut(&mut self, index: usize, length: usize) -> &mut [T] {
        let start = index % Self::PER_CHUNK;
        &mut self.chunk_mut(index)[start..start + length]
    }

    /// Asks for the cache line of entry `index`.
    #[inline]
    pub fn prefetch(&self, index: usize) {
        prefetch(self.get(index));
    }

    fn chunk(&self, index: usize) -> &[T] {
        bytemuck::cast_slice(&self.chunks[index / Self::PER_CHUNK])
    }

    fn chunk_mut(&mut self, index: usize) -> &mut [T] {
        bytemuck::cast_slice_mut(&mut self.chunks[index / Self::PER_CHUNK])
    }
}
