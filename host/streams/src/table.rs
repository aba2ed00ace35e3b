//! The stream table of a shard: an entry of 32 bytes for each stream.
//!
//! A stream plays two parts. As a *source* it is what a sender sends: re-sends are recognised by source. As a *row* it is
//! what the stages see and the exporters write. Where no processor changes descriptions each source is its own row;
//! where one does, several sources may share a row if the processors that hold its state say that it adds up.
//!
//! A source that has been idle for too long leaves its row, but is still known for as long as its points may be sent
//! again: it is *retired*, keeps its number and its window against re-sends, and takes up where it was if it comes back.

use std::io;

use super::dedup::{Dedup, PointFingerprint, SPAN, Seen, Window};
use super::describe::{Descriptions, View};
use super::intern::Interner;
use super::memo::Memo;
use super::prefetch::AHEAD;
use super::slab::Slab;
use model::MetricTraits;
use model::{CUMULATIVE, Kind};

/// Byte forms of one stream that the memo remembers; each re-encoding of the same description is one. Proxies make a
/// few; more than this are resolved anew for each point.
const FORMS: u8 = 8;

/// One stream. Numbers are indexes into the table and into [`Descriptions`].
#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Entry {
    /// As a source: the points that have been here.
    pub window: Window,
    /// As a source: its row.
    pub row: u32,
    /// As a row: the batch that it was last part of, and its place there.
    pub stamp: u32,
    /// As a source: when it last got a point, seconds by the clock that nobody sets.
    pub last_seen: u32,
    /// See [`Self::stamp`].
    pub slot: u16,
    /// As a row: bit `i` is set when stage `i` processes its points.
    pub decisions: u16,
    /// As a row: what comes out of the stages.
    kind: u8,
    temporality: u8,
    monotonic: u8,
    /// As a source: byte forms in the memo.
    forms: u8,
    /// As a row: how many sources it has.
    sources: u32,
    /// As a source: [`UNKNOWN`], [`ALIVE`] or [`RETIRED`].
    life: u8,
    /// As a row: the number of what its cells began with, if it may have several sources, else [`OWN`].
    seeds: [u8; 3],
}

/// Numbers of seeds are below; it stands for a row that has one source only, whoever else comes out like it.
const OWN: u32 = 0xFF_FFFF;

/// No source: its number may be given out again.
const UNKNOWN: u8 = 0;
/// It has a row.
const ALIVE: u8 = 1;
/// It has no row any more, but a window.
const RETIRED: u8 = 2;

const _: () = assert!(size_of::<Entry>() == 32, "an entry is half a cache line");

/// Stages that a pipeline may have: one bit of [`Entry::decisions`] each.
pub const STAGES: usize = 16;

impl Entry {
    /// As a row: whether a stream may be one more source of it, which is processed by the stages in `decisions`, comes out
    /// with these traits, and whose cells would begin with `seeds`.
    #[must_use]
    pub fn takes(&self, decisions: u16, traits: MetricTraits, seeds: u32) -> bool {
        self.decisions == decisions && self.traits() == traits && self.seeds() == Some(seeds)
    }

    fn seeds(&self) -> Option<u32> {
        let [low, middle, high] = self.seeds;
        Some(u32::from_le_bytes([low, middle, high, 0])).filter(|&seeds| seeds != OWN)
    }

    /// As a row: whether it has several sources, and points of it hold all that came before.
    #[must_use]
    pub fn is_shared_total(&self) -> bool {
        self.is_shared() && Kind::from_code(self.kind).accumulates() && self.temporality == CUMULATIVE
    }

    /// As a row: whether it has several sources.
    #[inline]
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.sources > 1
    }

    /// Kind, temporality and monotonicity behind the stages.
    #[must_use]
    pub fn traits(&self) -> MetricTraits {
        MetricTraits { kind: Kind::from_code(self.kind), temporality: self.temporality, monotonic: self.monotonic == 1 }
    }
}

/// Who has left, in a sweep of the table.
#[derive(Debug, Clone, Copy)]
pub enum Left<'a> {
    /// A row, with its last source, and its entry.
    Row(u32, &'a Entry),
    /// A source, of which nothing is known any more.
    Source,
}

/// All streams of a shard.
#[derive(Debug)]
pub struct Table {
    /// Who they are.
    pub descriptions: Descriptions,
    /// Which points have been here.
    pub dedup: Dedup,
    /// What the cells of rows began with that several sources may share.
    seeds: Interner,
    memo: Memo,
    entries: Slab<Entry>,
    alive: usize,
    /// Sources that have been forgotten, but whose number the memo may still hold: a use of each is still to be given back.
    buried: Vec<u32>,
    /// Where the sweep goes on, and one past the highest number ever used.
    sweep: u32,
    end: u32,
    stamp: u32,
}

impl Table {
    /// A table whose memo holds at most `forms` byte forms.
    #[must_use]
    pub fn new(forms: usize) -> Self {
        Self {
            descriptions: Descriptions::default(),
            dedup: Dedup::default(),
            seeds: Interner::default(),
            memo: Memo::new(forms),
            entries: Slab::default(),
            alive: 0,
            buried: Vec::new(),
            sweep: 0,
            end: 0,
            stamp: 1,
        }
    }

    /// The living source stream that the memo has for `key`.
    #[inline]
    #[must_use]
    pub fn find(&self, key: u128) -> Option<u32> {
        self.memo.get(key).filter(|&number| self.entries.get(number as usize).life == ALIVE)
    }

    /// Asks for the memory that [`Self::find`] will need.
    #[inline]
    pub fn prefetch_key(&self, key: u128) {
        self.memo.prefetch(key);
    }

    /// Asks for the memory of a stream's entry.
    #[inline]
    pub fn prefetch(&self, number: u32) {
        self.entries.prefetch(number as usize);
    }

    /// How far ahead of its use memory is to be asked for.
    pub const AHEAD: usize = AHEAD;

    /// Whether `number` is a living stream.
    #[must_use]
    pub fn is_alive(&self, number: u32) -> bool {
        number < self.end && self.entries.get(number as usize).life == ALIVE
    }

    /// Whether `number` is a source that has left its row and may come back.
    #[must_use]
    pub fn is_retired(&self, number: u32) -> bool {
        number < self.end && self.entries.get(number as usize).life == RETIRED
    }

    /// Remembers that `key` is a byte form of source `number`.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn remember(&mut self, key: u128, number: u32) -> io::Result<()> {
        let entry = self.entries.get_mut(number as usize);
        if entry.forms < FORMS && self.memo.insert(key, number)? {
            entry.forms += 1;
        }
        Ok(())
    }

    /// Whether a row has sources.
    #[must_use]
    pub fn is_row(&self, number: u32) -> bool {
        number < self.end && self.entries.get(number as usize).sources > 0
    }

    /// The number of what the cells of a row begin with, with one use; none if there are too many different ones.
    pub fn take_seeds(&mut self, bytes: &[u8]) -> Option<u32> {
        let (seeds, _) = self.seeds.take(bytes);
        if seeds < OWN {
            return Some(seeds);
        }
        self.seeds.release(seeds);
        None
    }

    /// One use of seeds less.
    pub fn release_seeds(&mut self, seeds: u32) {
        self.seeds.release(seeds);
    }

    /// Makes `row` a row, which has no source yet; [`Self::insert`] one at once. The table takes over one use of `seeds`; a
    /// row without has one source only.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn insert_row(&mut self, row: u32, decisions: u16, traits: MetricTraits, seeds: Option<u32>) -> io::Result<()> {
        self.entries.reach(row as usize)?;
        self.end = self.end.max(row + 1);
        let [low, middle, high, _] = seeds.unwrap_or(OWN).to_le_bytes();
        let entry = self.entries.get_mut(row as usize);
        *entry = Entry {
            stamp: 0,
            slot: 0,
            decisions,
            kind: traits.kind as u8,
            temporality: traits.temporality,
            monotonic: u8::from(traits.monotonic),
            sources: 0,
            seeds: [low, middle, high],
            ..*entry
        };
        Ok(())
    }

    /// Makes identity `number` a source of `row`, with the window that it may still have. The table takes over one use of
    /// the identity, and one of the row's if that is another.
    ///
    /// # Errors
    /// If the system has no memory left; both uses are then still the caller's.
    pub fn insert(&mut self, number: u32, row: u32, seconds: u32) -> io::Result<()> {
        self.entries.reach(number as usize)?;
        self.end = self.end.max(number + 1);
        if self.is_retired(number) {
            // It has one use already.
            self.descriptions.release(number);
        }
        let entry = self.entries.get_mut(number as usize);
        *entry = Entry { row, last_seen: seconds, life: ALIVE, ..*entry };
        self.entries.get_mut(row as usize).sources += 1;
        self.alive += 1;
        Ok(())
    }

    /// All sources that are known, living or retired.
    pub fn sources(&self) -> impl Iterator<Item = (u32, &Entry)> {
        let entries = (0..self.end).map(|number| (number, self.entry(number)));
        entries.filter(|(_, entry)| entry.life != UNKNOWN)
    }

    /// The entry of a stream.
    #[inline]
    #[must_use]
    pub fn entry(&self, number: u32) -> &Entry {
        self.entries.get(number as usize)
    }

    /// The entry of a stream, to be changed.
    #[inline]
    pub fn entry_mut(&mut self, number: u32) -> &mut Entry {
        self.entries.get_mut(number as usize)
    }

    /// The description of a row as the exporters see it.
    #[must_use]
    pub fn view(&self, row: u32) -> View<'_> {
        self.descriptions.view(row).with_traits(self.entry(row).traits())
    }

    /// Whether a point of `source` has been here.
    #[inline]
    #[must_use]
    pub fn check(&self, source: u32, sent: PointFingerprint) -> Seen {
        self.dedup.check(self.entry(source).window, sent)
    }

    /// Asks for the memory of a source's recent points.
    #[inline]
    pub fn prefetch_window(&self, source: u32) {
        self.dedup.prefetch(self.entry(source).window);
    }

    /// Remembers a point of `source`.
    ///
    /// # Errors
    /// If the system has no memory left.
    #[inline]
    pub fn remember_point(&mut self, source: u32, sent: PointFingerprint) -> io::Result<()> {
        self.dedup.remember(&mut self.entries.get_mut(source as usize).window, sent)
    }

    /// The stamp of the batch in hand; never 0.
    #[inline]
    #[must_use]
    pub fn stamp(&self) -> u32 {
        self.stamp
    }

    /// Begins a batch, with a stamp that no row has yet.
    pub fn next_stamp(&mut self) {
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            // After 4 billion batches old stamps would come again.
            for number in 0..self.end {
                self.entries.get_mut(number as usize).stamp = 0;
            }
            self.stamp = 1;
        }
    }

    /// Living streams.
    #[must_use]
    pub fn len(&self) -> usize {
        self.alive
    }

    /// Whether no stream lives.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.alive == 0
    }

    /// Looks at the next `share` (0 to 1) of the table at `seconds`. Sources that have been idle for longer than `patience`,
    /// which gets the entry of their row, leave it; they are forgotten when none of their points is to be expected again.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn sweep(
        &mut self,
        share: f64,
        seconds: u32,
        patience: impl Fn(&Entry) -> u32,
        mut left: impl FnMut(Left<'_>),
    ) -> io::Result<()> {
        let steps = (f64::from(self.end) * share.clamp(0.0, 1.0)).ceil() as u32;
        for _ in 0..steps {
            if self.sweep >= self.end {
                self.sweep = 0;
                self.bury()?;
            }
            let number = self.sweep;
            self.sweep += 1;
            let entry = *self.entries.get(number as usize);
            let idle = seconds.saturating_sub(entry.last_seen);
            if entry.life == ALIVE && idle > patience(self.entries.get(entry.row as usize)) {
                self.retire(number, &mut left);
            }
            // After its span a window knows nothing that would still be believed.
            if self.is_retired(number) && (idle >= SPAN || entry.window.is_empty()) {
                let source = self.entries.get_mut(number as usize);
                source.life = UNKNOWN;
                self.dedup.forget(&mut source.window);
                self.buried.push(number);
                left(Left::Source);
            }
        }
        Ok(())
    }

    /// Takes a source out of its row.
    fn retire(&mut self, number: u32, left: &mut impl FnMut(Left<'_>)) {
        let source = self.entries.get_mut(number as usize);
        source.life = RETIRED;
        let row = source.row;
        self.alive -= 1;
        let entry = self.entries.get_mut(row as usize);
        entry.sources -= 1;
        if entry.sources == 0 {
            left(Left::Row(row, entry));
            if let Some(seeds) = entry.seeds() {
                self.seeds.release(seeds);
            }
        }
        if row != number {
            self.descriptions.release(row);
        }
    }

    /// Clears the memo of the dead; only then may their numbers be given out again.
    fn bury(&mut self) -> io::Result<()> {
        if self.buried.is_empty() {
            return Ok(());
        }
        let entries = &self.entries;
        self.memo.retain(|number| entries.get(number as usize).life != UNKNOWN)?;
        for number in std::mem::take(&mut self.buried) {
            let entry = self.entries.get_mut(number as usize);
            if entry.life == UNKNOWN {
                entry.forms = 0;
            }
            // A stream that came back meanwhile owns a use of its own.
            self.descriptions.release(number);
        }
        Ok(())
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.descriptions.memory()
            + self.seeds.memory()
            + self.memo.memory()
            + self.dedup.memory()
            + self.end as usize * size_of::<Entry>()
    }
}
