//! What the lane of a request tells the shard that fills it.

use std::ops::Range;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use clock::{MonotonicNanos, UnixMillis};

/// Wishes that wait for the shard at most: one a request, each tenth of a second.
const WISHES: usize = 1_024;

/// One for each lane.
#[derive(Debug)]
pub struct Feedback {
    /// The newest time that a total was given when it was sent.
    latest: AtomicI64,
    /// Numbers of totals: the newest of their series are to be written once more.
    again: Mutex<Vec<Range<u64>>>,
}

impl Default for Feedback {
    fn default() -> Self {
        Self { latest: AtomicI64::new(UnixMillis::NEVER.0), again: Mutex::default() }
    }
}

impl Feedback {
    /// Totals were given this time when they were sent: those that come have later ones.
    pub fn give(&self, time: UnixMillis) {
        self.latest.fetch_max(time.0, Ordering::AcqRel);
    }

    /// The newest time that was given.
    #[inline]
    pub fn latest(&self) -> UnixMillis {
        UnixMillis(self.latest.load(Ordering::Acquire))
    }

    /// A back-end may have refused some of these totals.
    pub fn wish(&self, numbers: Range<u64>) {
        let mut again = self.again.lock().unwrap_or_else(PoisonError::into_inner);
        if again.len() < WISHES {
            again.push(numbers);
        }
    }

    /// The numbers of totals that may have been refused since the last look.
    pub fn wishes(&self) -> Vec<Range<u64>> {
        std::mem::take(&mut *self.again.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is known of the time series of an open request when it is closed.
#[derive(Debug)]
pub struct Known {
    /// When the first of them was written.
    pub opened: MonotonicNanos,
    /// The number of the first total.
    pub first: u64,
    /// The places of those that are no totals made here, in order.
    pub others: Box<[u32]>,
    /// The lane.
    pub lane: Arc<Feedback>,
}

/// What is known of a part of an open request: what, and at which place it begins.
#[derive(Debug, Clone)]
pub struct KnownPart(pub Arc<Known>, pub usize);

impl KnownPart {
    /// Whether the time series at that place of the part is a total that is made here.
    #[must_use]
    pub fn is_total(&self, place: usize) -> bool {
        u32::try_from(self.1 + place).is_ok_and(|place| self.0.others.binary_search(&place).is_err())
    }

    /// The numbers of its totals, if it has so many time series.
    #[must_use]
    pub fn numbers(&self, series: usize) -> Range<u64> {
        let before = |place: usize| {
            let others = self.0.others.partition_point(|other| (*other as usize) < place);
            self.0.first + (place - others) as u64
        };
        before(self.1)..before(self.1 + series)
    }

    /// The part of it that begins at a place.
    #[must_use]
    pub fn from(&self, place: usize) -> Self {
        Self(Arc::clone(&self.0), self.1 + place)
    }

    /// What is known of parts of one lane, with so many time series each, one after another. Their totals have no numbers any
    /// more. None if nothing is known of one of them.
    pub fn join<'a>(parts: impl Iterator<Item = (Option<&'a Self>, usize)>) -> Option<Self> {
        let (mut place, mut others, mut joined) = (0, Vec::new(), None);
        for (part, series) in parts {
            let part = part?;
            others.extend((0..series).filter(|own| !part.is_total(*own)).map(|own| (place + own) as u32));
            place += series;
            let (opened, _) = joined.get_or_insert((part.0.opened, Arc::clone(&part.0.lane)));
            *opened = part.0.opened.min(*opened);
        }
        let (opened, lane) = joined?;
        Some(Self(Arc::new(Known { opened, first: u64::MAX >> 1, others: others.into(), lane }), 0))
    }
}
