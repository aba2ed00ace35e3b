//! Which points have been here: recent points of each input stream, so that an exact re-send changes nothing.
//!
//! A client whose connection broke sends the same bytes again; a gateway may deliver a batch twice. Such a copy has the
//! start, time and value of a point that was seen; anything else is new, however late. The memory is bounded in time
//! and in entries: what is older than a stream's window cannot be judged, is taken for new, and is counted.

use std::io;

use clock::UnixNanos;
use otlp::digest::folded;

use super::slab::Slab;

/// A window at least as long as the longest queue and retry in front of the host: the OpenTelemetry Collector retries a
/// batch for five minutes; SDKs give up after ten seconds. Seconds, between times of points.
pub(super) const SPAN: u32 = 5 * 60;

/// Points in a block. One block covers the span at Claude Code's export interval of 60 s.
const PER_BLOCK: usize = 5;

/// Blocks of the largest window: 448 bytes. At a point each 10 s they cover the whole span.
const BLOCKS: usize = 7;

/// Points of one stream that are remembered: a cache line. Blocks form a chain, the newest first.
#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Block {
    digests: [u64; PER_BLOCK],
    /// Seconds since the Unix epoch; 0 for an entry that is free.
    times: [u32; PER_BLOCK],
    /// The next block of the chain, plus one; 0 at its end.
    next: u32,
}

const _: () = assert!(size_of::<Block>() == 64, "a block is a cache line");

/// The points of one stream: its first block, plus one; 0 for none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub struct Window(u32);

/// A point, as far as re-sends are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PointFingerprint {
    digest: u64,
    /// Seconds since the Unix epoch; [`NO_TIME`] for a point without a time.
    seconds: u32,
}

/// A point that says nothing of its time. Two of them with one value may be two measurements, so that none is judged.
const NO_TIME: u32 = 0;

/// What a window says about a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It has not been here.
    New,
    /// It has been here.
    Duplicate,
    /// It is older than the window; nobody knows.
    TooOld,
}

/// The windows of all streams of a shard.
#[derive(Debug, Default)]
pub struct Dedup {
    blocks: Slab<Block>,
    /// The first block that was never given out.
    end: u32,
    free: Vec<u32>,
}

impl PointFingerprint {
    /// A point with this start, time and value, that arrived at `now`. Two points that differ have the
    /// same digest with a probability of 2^-64.
    ///
    /// A time in the future does not count as such: it would push all others out of the window. A time of 0 is
    /// the default of protobuf: the sender gave none.
    #[inline]
    #[must_use]
    pub fn new(start: UnixNanos, time: UnixNanos, kind: u8, value: u64, now: UnixNanos) -> Self {
        let first = folded(start.0 ^ 0x9E37_79B9_7F4A_7C15, time.0 ^ 0xC2B2_AE3D_27D4_EB4F);
        let digest = folded(first ^ 0x1656_67B1_9E37_79F9, value ^ u64::from(kind) << 62 ^ 0x27D4_EB2F_1656_67C5);
        if !time.is_known() {
            return Self { digest, seconds: NO_TIME };
        }
        // Times beyond the range of this counter, and 0, which marks a free entry, are clamped; the digest knows better.
        Self { digest, seconds: u32::try_from(time.min(now).whole_seconds()).unwrap_or(u32::MAX).max(1) }
    }

    /// Whether the point has a time. One that has none is always new.
    #[inline]
    #[must_use]
    pub fn has_time(self) -> bool {
        self.seconds != NO_TIME
    }
}

impl Window {
    /// Whether no point is remembered.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl Dedup {
    /// Asks for the memory of `window`.
    #[inline]
    pub fn prefetch(&self, window: Window) {
        if let Some(first) = window.0.checked_sub(1) {
            self.blocks.prefetch(first as usize);
        }
    }

    /// Whether a point has been here.
    #[inline]
    #[must_use]
    pub fn check(&self, window: Window, sent: PointFingerprint) -> Seen {
        if !sent.has_time() {
            return Seen::New;
        }
        let (mut newest, mut oldest, mut full) = (0, u32::MAX, 0);
        let mut next = window.0;
        while let Some(number) = next.checked_sub(1) {
            let block = self.blocks.get(number as usize);
            for (&digest, &seconds) in block.digests.iter().zip(&block.times) {
                if digest == sent.digest && seconds != 0 {
                    return Seen::Duplicate;
                }
                newest = seconds.max(newest);
                if seconds != 0 {
                    oldest = seconds.min(oldest);
                    full += 1;
                }
            }
            next = block.next;
        }
        let forgotten = full == BLOCKS * PER_BLOCK && sent.seconds <= oldest;
        if forgotten || is_out(sent.seconds, newest) { Seen::TooOld } else { Seen::New }
    }

    /// Remembers a point: in an entry that is free or out of the span, else in a new block, else in place of the oldest. A
    /// point that is older than all of a full window is not remembered: it would push out one that is. Nor is one without a
    /// time.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn remember(&mut self, window: &mut Window, sent: PointFingerprint) -> io::Result<()> {
        if !sent.has_time() {
            return Ok(());
        }
        let mut newest = sent.seconds;
        let (mut oldest, mut oldest_place) = (u32::MAX, (0, 0));
        let mut blocks = 0;
        let mut next = window.0;
        while let Some(number) = next.checked_sub(1) {
            let block = self.blocks.get(number as usize);
            for (place, &seconds) in block.times.iter().enumerate() {
                newest = newest.max(seconds);
                if seconds < oldest {
                    (oldest, oldest_place) = (seconds, (number, place));
                }
            }
            blocks += 1;
            next = block.next;
        }
        if blocks == BLOCKS && sent.seconds < oldest && !is_out(oldest, newest) {
            return Ok(());
        }
        let usable = blocks > 0 && (is_out(oldest, newest) || blocks == BLOCKS);
        let (number, place) = if usable { oldest_place } else { (self.lengthen(window)?, 0) };
        let block = self.blocks.get_mut(number as usize);
        block.digests[place] = sent.digest;
        block.times[place] = sent.seconds;
        Ok(())
    }

    /// Puts an empty block in front of the chain.
    fn lengthen(&mut self, window: &mut Window) -> io::Result<u32> {
        let number = match self.free.pop() {
            Some(number) => number,
            None => {
                self.blocks.reach(self.end as usize)?;
                self.end += 1;
                self.end - 1
            }
        };
        let old = std::mem::replace(&mut window.0, number + 1);
        *self.blocks.get_mut(number as usize) = Block { digests: [0; PER_BLOCK], times: [0; PER_BLOCK], next: old };
        Ok(number)
    }

    /// The points of a window, each a digest and its time (seconds), sorted.
    #[must_use]
    pub fn points(&self, window: Window) -> Vec<(u64, u32)> {
        let mut points = Vec::new();
        let mut next = window.0;
        while let Some(number) = next.checked_sub(1) {
            let block = self.blocks.get(number as usize);
            points.extend(block.digests.iter().copied().zip(block.times).filter(|(_, seconds)| *seconds != 0));
            next = block.next;
        }
        points.sort_unstable();
        points
    }

    /// Forgets a stream.
    pub fn forget(&mut self, window: &mut Window) {
        let mut next = std::mem::take(window).0;
        while let Some(number) = next.checked_sub(1) {
            self.free.push(number);
            next = self.blocks.get(number as usize).next;
        }
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.end as usize * size_of::<Block>()
    }
}

/// Whether a time is out of the span that ends with the newest. A free entry is always out.
fn is_out(seconds: u32, newest: u32) -> bool {
    seconds.saturating_add(SPAN) <= newest || seconds == 0
}
