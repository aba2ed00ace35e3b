//! Which points have been here: recent intervals of each source stream, so that an exact re-send changes nothing.
//!
//! A client whose connection broke sends the same bytes again; a gateway may deliver a batch twice. Such a copy has the
//! start, time and value of a point that was seen; anything else is new, however late. The memory is bounded in time
//! and in entries: what is older than a stream's window cannot be judged, is taken for new, and is counted.

use std::io;

use super::slab::Slab;

/// A window at least as long as the longest queue and retry in front of the host: the OpenTelemetry Collector retries a
/// batch for five minutes; SDKs give up after ten seconds. Nanoseconds, between times of points.
const SPAN: u64 = 5 * 60 * 1_000_000_000;

/// Entries of the largest window: 512 bytes. At a point each 10 s they cover the whole span.
const MOST: usize = 1 << (CLASSES + FIRST_CLASS - 1);

/// Windows hold 2, 4, 8, 16 or 32 entries.
const CLASSES: u32 = 5;
const FIRST_CLASS: u32 = 1;

/// What is remembered of one stream: where its entries are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Window {
    /// The first entry.
    at: u32,
    /// Entries in use.
    length: u16,
    /// 0 for no entries at all, else the class plus one.
    class: u16,
}

/// What a window says about a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has not been here.
    New,
    /// It has been here.
    Resent,
    /// It is older than the window; nobody knows.
    TooOld,
}

/// The time of a point and a digest of everything else in it.
type Entry = [u64; 2];

/// The entries of all windows of a shard.
#[derive(Debug, Default)]
pub struct Resends {
    entries: Slab<Entry>,
    /// The first entry that was never given out.
    end: u32,
    free: [Vec<u32>; CLASSES as usize],
}

/// A digest of start and value. 64 bits: a new point is taken for a re-send with a probability of 2^-64 for each entry of
/// the same time.
#[must_use]
pub fn digest(start: u64, kind: u8, value: u64) -> u64 {
    const A: u64 = 0x9E37_79B9_7F4A_7C15;
    const B: u64 = 0xC2B2_AE3D_27D4_EB4F;
    let product = u128::from(start ^ A) * u128::from(value.rotate_left(u32::from(kind) * 7) ^ B);
    (product as u64 ^ (product >> 64) as u64).wrapping_add(value.wrapping_mul(A)).wrapping_add(start.wrapping_mul(B))
}

impl Resends {
    /// Asks for the memory of `window`.
    #[inline]
    pub fn prefetch(&self, window: &Window) {
        if window.class > 0 {
            self.entries.prefetch(window.at as usize);
        }
    }

    /// Whether a point has been here.
    #[inline]
    #[must_use]
    pub fn judge(&self, window: &Window, time: u64, digest: u64) -> Verdict {
        let entries = self.used(window);
        let (mut oldest, mut newest) = (u64::MAX, 0);
        for entry in entries {
            if *entry == [time, digest] {
                return Verdict::Resent;
            }
            oldest = oldest.min(entry[0]);
            newest = newest.max(entry[0]);
        }
        let forgotten = entries.len() == MOST && time < oldest;
        if forgotten || time < newest.saturating_sub(SPAN) { Verdict::TooOld } else { Verdict::New }
    }

    /// Remembers a point.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn remember(&mut self, window: &mut Window, time: u64, digest: u64) -> io::Result<()> {
        if usize::from(window.length) == capacity(window.class) {
            self.make_room(window, time)?;
        }
        let length = usize::from(window.length);
        if length < capacity(window.class) {
            self.entries.run_mut(window.at as usize, length + 1)[length] = [time, digest];
            window.length += 1;
        } else if let Some(oldest) = self.used_mut(window).iter_mut().min_by_key(|entry| entry[0]) {
            *oldest = [time, digest];
        }
        Ok(())
    }

    /// Drops what is out of the span, else moves to a larger block, if there is one.
    fn make_room(&mut self, window: &mut Window, time: u64) -> io::Result<()> {
        let entries = self.used_mut(window);
        let newest = entries.iter().fold(time, |newest, entry| newest.max(entry[0]));
        let mut kept = 0;
        for index in 0..entries.len() {
            if entries[index][0] >= newest.saturating_sub(SPAN) {
                entries.swap(index, kept);
                kept += 1;
            }
        }
        window.length = kept as u16;
        if kept < capacity(window.class) || u32::from(window.class) == CLASSES {
            return Ok(());
        }
        let larger = self.allocate(window.class + 1)?;
        for index in 0..kept {
            *self.entries.get_mut(larger as usize + index) = *self.entries.get(window.at as usize + index);
        }
        let old = std::mem::replace(window, Window { at: larger, length: kept as u16, class: window.class + 1 });
        self.give_back(old);
        Ok(())
    }

    fn allocate(&mut self, class: u16) -> io::Result<u32> {
        if let Some(block) = self.free[usize::from(class) - 1].pop() {
            return Ok(block);
        }
        let size = capacity(class) as u32;
        let at = self.end.next_multiple_of(size);
        self.entries.reach((at + size) as usize)?;
        self.end = at + size;
        Ok(at)
    }

    /// Forgets a stream.
    pub fn forget(&mut self, window: &mut Window) {
        self.give_back(std::mem::take(window));
    }

    fn give_back(&mut self, window: Window) {
        if window.class > 0 {
            self.free[usize::from(window.class) - 1].push(window.at);
        }
    }

    fn used(&self, window: &Window) -> &[Entry] {
        if window.length == 0 { &[] } else { self.entries.run(window.at as usize, usize::from(window.length)) }
    }

    fn used_mut(&mut self, window: &Window) -> &mut [Entry] {
        if window.length == 0 {
            return &mut [];
        }
        self.entries.run_mut(window.at as usize, usize::from(window.length))
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.end as usize * size_of::<Entry>()
    }
}

fn capacity(class: u16) -> usize {
    if class == 0 { 0 } else { 1 << (u32::from(class) + FIRST_CLASS - 1) }
}
