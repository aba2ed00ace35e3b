//! The stream table of a shard: an entry of 32 bytes for each stream.
//!
//! A stream plays two parts. As an *input stream* it is what a sender sends: re-sends are recognised by input stream. As an
//! *output stream* it is what the stages see and the exporters write. Where no processor changes descriptions each input
//! stream is its own output stream; where one does, several may share one if the processors that hold its state say that it
//! adds up.
//!
//! An input stream that has been idle for too long leaves its output stream, but is still known for as long as its points
//! may be sent again: it is *retired*, keeps its number and its window against re-sends, and takes up where it was if it
//! comes back.

use std::io;

use super::dedup::{Dedup, PointFingerprint, SPAN, Seen, Window};
use super::describe::{Descriptions, View};
use super::intern::Interner;
use super::memo::Memo;
use super::prefetch::AHEAD;
use super::slab::Slab;
use super::stream::{InputStream, OutputStream, Slot};
use clock::MonotonicSeconds;
use model::MetricTraits;
use model::{CUMULATIVE, Kind};
use otlp::key::FormKey;

/// Byte forms of one stream that the memo remembers; each re-encoding of the same description is one. Proxies make a
/// few; more than this are resolved anew for each point.
const FORMS: u8 = 8;

/// One stream. Numbers are indexes into the table and into [`Descriptions`].
#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Entry {
    /// As an input: the points that have been here.
    pub window: Window,
    /// As an input: its output.
    pub output: OutputStream,
    /// As an output: the batch that it was last part of, and its place there.
    pub stamp: u32,
    /// As an input: when it last got a point.
    pub last_seen: MonotonicSeconds,
    /// See [`Self::stamp`].
    pub slot: Slot,
    /// As an output: bit `i` is set when stage `i` processes its points.
    pub decisions: u16,
    /// As an output: what comes out of the stages.
    kind: u8,
    temporality: u8,
    monotonic: u8,
    /// As an input: byte forms in the memo.
    forms: u8,
    /// As an output: how many inputs it has.
    inputs: u32,
    /// As an input: [`UNKNOWN`], [`ALIVE`] or [`RETIRED`].
    life: u8,
    /// As an output: the number of what its cells began with, if it may have several inputs, else [`OWN`].
    seeds: [u8; 3],
}

/// Numbers of seeds are below; it stands for an output stream that has one input only, whoever else comes out like it.
const OWN: u32 = 0xFF_FFFF;

/// No input stream: its number may be given out again.
const UNKNOWN: u8 = 0;
/// It has an output.
const ALIVE: u8 = 1;
/// It has no output any more, but a window.
const RETIRED: u8 = 2;

const _: () = assert!(size_of::<Entry>() == 32, "an entry is half a cache line");

/// Stages that a pipeline may have: one bit of [`Entry::decisions`] each.
pub const STAGES: usize = 16;

impl Entry {
    /// As an output: whether a stream may be one more input of it, which is processed by the stages in `decisions`, comes out
    /// with these traits, and whose cells would begin with `seeds`.
    #[must_use]
    pub fn takes(&self, decisions: u16, traits: MetricTraits, seeds: u32) -> bool {
        self.decisions == decisions && self.traits() == traits && self.seeds() == Some(seeds)
    }

    fn seeds(&self) -> Option<u32> {
        let [low, middle, high] = self.seeds;
        Some(u32::from_le_bytes([low, middle, high, 0])).filter(|&seeds| seeds != OWN)
    }

    /// As an output: whether it has several inputs, and points of it hold all that came before.
    #[must_use]
    pub fn is_shared_total(&self) -> bool {
        self.is_shared() && Kind::from_code(self.kind).accumulates() && self.temporality == CUMULATIVE
    }

    /// As an output: whether it has several inputs.
    #[inline]
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.inputs > 1
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
    /// An output stream, with its last input, and its entry.
    Output(OutputStream, &'a Entry),
    /// An input stream, of which nothing is known any more.
    Input,
}

/// All streams of a shard.
#[derive(Debug)]
pub struct Table {
    /// Who they are.
    pub descriptions: Descriptions,
    /// Which points have been here.
    pub dedup: Dedup,
    /// What the cells of output streams began with that several inputs may share.
    seeds: Interner,
    memo: Memo,
    entries: Slab<Entry>,
    alive: usize,
    /// Input streams that have been forgotten, but whose number the memo may still hold: a use of each is still to be given
    /// back.
    forgotten: Vec<InputStream>,
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
            forgotten: Vec::new(),
            sweep: 0,
            end: 0,
            stamp: 1,
        }
    }

    /// The living input stream that the memo has for `key`.
    #[inline]
    #[must_use]
    pub fn find(&self, key: FormKey) -> Option<InputStream> {
        self.memo.get(key).filter(|&input| self.input(input).life == ALIVE)
    }

    /// Asks for the memory that [`Self::find`] will need.
    #[inline]
    pub fn prefetch_key(&self, key: FormKey) {
        self.memo.prefetch(key);
    }

    /// Asks for the memory of a stream's entry.
    #[inline]
    pub fn prefetch(&self, input: InputStream) {
        self.entries.prefetch(input.index());
    }

    /// How far ahead of its use memory is to be asked for.
    pub const AHEAD: usize = AHEAD;

    /// Whether `input` is a living stream.
    #[must_use]
    pub fn is_alive(&self, input: InputStream) -> bool {
        input.0 < self.end && self.input(input).life == ALIVE
    }

    /// Whether `input` has left its output and may come back.
    #[must_use]
    pub fn is_retired(&self, input: InputStream) -> bool {
        input.0 < self.end && self.input(input).life == RETIRED
    }

    /// Remembers that `key` is a byte form of `input`.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn remember(&mut self, key: FormKey, input: InputStream) -> io::Result<()> {
        let entry = self.entries.get_mut(input.index());
        if entry.forms < FORMS && self.memo.insert(key, input)? {
            entry.forms += 1;
        }
        Ok(())
    }

    /// Whether an output stream has inputs.
    #[must_use]
    pub fn is_output(&self, output: OutputStream) -> bool {
        output.0 < self.end && self.output(output).inputs > 0
    }

    /// The number of what the cells of an output stream begin with, with one use; none if there are too many different ones.
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

    /// Makes `output` an output stream, which has no input yet; [`Self::insert`] one at once. The table takes over one use of
    /// `seeds`; an output stream without has one input only.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn insert_output(
        &mut self,
        output: OutputStream,
        decisions: u16,
        traits: MetricTraits,
        seeds: Option<u32>,
    ) -> io::Result<()> {
        self.entries.reach(output.index())?;
        self.end = self.end.max(output.0 + 1);
        let [low, middle, high, _] = seeds.unwrap_or(OWN).to_le_bytes();
        let entry = self.entries.get_mut(output.index());
        *entry = Entry {
            stamp: 0,
            slot: Slot(0),
            decisions,
            kind: traits.kind as u8,
            temporality: traits.temporality,
            monotonic: u8::from(traits.monotonic),
            inputs: 0,
            seeds: [low, middle, high],
            ..*entry
        };
        Ok(())
    }

    /// Makes `input` an input of `output`, with the window that it may still have. The table takes over one use of its
    /// identity, and one of the output's if that is another.
    ///
    /// # Errors
    /// If the system has no memory left; both uses are then still the caller's.
    pub fn insert(&mut self, input: InputStream, output: OutputStream, now: MonotonicSeconds) -> io::Result<()> {
        self.entries.reach(input.index())?;
        self.end = self.end.max(input.0 + 1);
        if self.is_retired(input) {
            // It has one use already.
            self.descriptions.release(input.identity());
        }
        let entry = self.entries.get_mut(input.index());
        *entry = Entry { output, last_seen: now, life: ALIVE, ..*entry };
        self.entries.get_mut(output.index()).inputs += 1;
        self.alive += 1;
        Ok(())
    }

    /// All input streams that are known, living or retired.
    pub fn inputs(&self) -> impl Iterator<Item = (InputStream, &Entry)> {
        let entries = (0..self.end).map(InputStream).map(|input| (input, self.input(input)));
        entries.filter(|(_, entry)| entry.life != UNKNOWN)
    }

    /// The entry of an input stream.
    #[inline]
    #[must_use]
    pub fn input(&self, input: InputStream) -> &Entry {
        self.entries.get(input.index())
    }

    /// The entry of an input stream, to be changed.
    #[inline]
    pub fn input_mut(&mut self, input: InputStream) -> &mut Entry {
        self.entries.get_mut(input.index())
    }

    /// The entry of an output stream.
    #[inline]
    #[must_use]
    pub fn output(&self, output: OutputStream) -> &Entry {
        self.entries.get(output.index())
    }

    /// The entry of an output stream, to be changed.
    #[inline]
    pub fn output_mut(&mut self, output: OutputStream) -> &mut Entry {
        self.entries.get_mut(output.index())
    }

    /// The description of an output stream as the exporters see it.
    #[must_use]
    pub fn view(&self, output: OutputStream) -> View<'_> {
        self.descriptions.view(output.identity()).with_traits(self.output(output).traits())
    }

    /// Whether a point of `input` has been here.
    #[inline]
    #[must_use]
    pub fn check(&self, input: InputStream, sent: PointFingerprint) -> Seen {
        self.dedup.check(self.input(input).window, sent)
    }

    /// Asks for the memory of an input stream's recent points.
    #[inline]
    pub fn prefetch_window(&self, input: InputStream) {
        self.dedup.prefetch(self.input(input).window);
    }

    /// Remembers a point of `input`.
    ///
    /// # Errors
    /// If the system has no memory left.
    #[inline]
    pub fn remember_point(&mut self, input: InputStream, sent: PointFingerprint) -> io::Result<()> {
        self.dedup.remember(&mut self.entries.get_mut(input.index()).window, sent)
    }

    /// The stamp of the batch in hand; never 0.
    #[inline]
    #[must_use]
    pub fn stamp(&self) -> u32 {
        self.stamp
    }

    /// Begins a batch, with a stamp that no output stream has yet.
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

    /// Looks at the next `share` (0 to 1) of the table. Input streams that have by `now` been idle for more seconds than
    /// `patience` says, which gets the entry of their output, leave it; they are forgotten when none of their points is to be
    /// expected again.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn sweep(
        &mut self,
        share: f64,
        now: MonotonicSeconds,
        patience: impl Fn(&Entry) -> u32,
        mut left: impl FnMut(Left<'_>),
    ) -> io::Result<()> {
        let steps = (f64::from(self.end) * share.clamp(0.0, 1.0)).ceil() as u32;
        for _ in 0..steps {
            if self.sweep >= self.end {
                self.sweep = 0;
                self.clear_memo()?;
            }
            let input = InputStream(self.sweep);
            self.sweep += 1;
            let entry = *self.input(input);
            let idle = now.since(entry.last_seen);
            if entry.life == ALIVE && idle > patience(self.output(entry.output)) {
                self.retire(input, &mut left);
            }
            // After its span a window knows nothing that would still be believed.
            if self.is_retired(input) && (idle >= SPAN || entry.window.is_empty()) {
                let entry = self.entries.get_mut(input.index());
                entry.life = UNKNOWN;
                self.dedup.forget(&mut entry.window);
                self.forgotten.push(input);
                left(Left::Input);
            }
        }
        Ok(())
    }

    /// Takes an input stream out of its output.
    fn retire(&mut self, input: InputStream, left: &mut impl FnMut(Left<'_>)) {
        let entry = self.entries.get_mut(input.index());
        entry.life = RETIRED;
        let output = entry.output;
        self.alive -= 1;
        let entry = self.entries.get_mut(output.index());
        entry.inputs -= 1;
        if entry.inputs == 0 {
            left(Left::Output(output, entry));
            if let Some(seeds) = entry.seeds() {
                self.seeds.release(seeds);
            }
        }
        if output != input.own_output() {
            self.descriptions.release(output.identity());
        }
    }

    /// Clears the memo of what is forgotten; only then may their numbers be given out again.
    fn clear_memo(&mut self) -> io::Result<()> {
        if self.forgotten.is_empty() {
            return Ok(());
        }
        let entries = &self.entries;
        self.memo.retain(|input| entries.get(input.index()).life != UNKNOWN)?;
        for input in std::mem::take(&mut self.forgotten) {
            let entry = self.entries.get_mut(input.index());
            if entry.life == UNKNOWN {
                entry.forms = 0;
            }
            // A stream that came back meanwhile owns a use of its own.
            self.descriptions.release(input.identity());
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
