//! The columns of a call with histograms of either kind: each point is added to its row's state, and the totals make the
//! columns of the answer.

mod explicit;
mod exponential;

use crate::aggregate::Aggregate;
use crate::bindings::alluvium::processor::types::{Failure, VariableCells};
use crate::distribution::{Buckets, Distribution};
use crate::dropped::{Dropped, broken_call};
use crate::run::Life;
use crate::settings::ordering;

/// What both kinds have beside their buckets.
struct Common {
    rows: Vec<u32>,
    flags: Vec<u32>,
    starts: Vec<u64>,
    times: Vec<u64>,
    counts: Vec<u64>,
    sums: Vec<f64>,
    minima: Vec<f64>,
    maxima: Vec<f64>,
    presence: Vec<u8>,
}

/// Lists one behind the other, and where each ends.
struct Lists<T> {
    offsets: Vec<u32>,
    entries: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { offsets: vec![0], entries: Vec::new() }
    }
}

impl<T: Copy> Lists<T> {
    fn push(&mut self, list: &[T]) {
        self.entries.extend_from_slice(list);
        self.offsets.push(self.entries.len() as u32);
    }
}

/// List `index` of those that `offsets` divides `entries` into.
fn part<'a, T>(entries: &'a [T], offsets: &[u32], index: usize) -> Option<&'a [T]> {
    let (&start, &end) = (offsets.get(index)?, offsets.get(index + 1)?);
    entries.get(start as usize..end as usize)
}

/// Adds each point to its row, in order. `read` gives the buckets of a point, `write` is called with those of each point
/// of the answer.
fn accumulate<B: Buckets>(
    common: &mut Common,
    cells: &VariableCells,
    now: u64,
    read: impl Fn(usize) -> Option<B>,
    mut write: impl FnMut(&B),
) -> Result<(Dropped, VariableCells), Failure> {
    let count = common.rows.len();
    if !common.fits(count) {
        return Err(broken_call());
    }
    let rows = cells.offsets.len().saturating_sub(1);
    let cell = |row| part(&cells.words, &cells.offsets, row);
    let mut states: Vec<Distribution<B>> =
        (0..rows).map(|row| cell(row).map(Distribution::load)).collect::<Option<_>>().ok_or_else(broken_call)?;
    let ordering = ordering();
    let mut dropped = Dropped::default();
    for index in 0..count {
        let state = states.get_mut(common.rows[index] as usize).ok_or_else(broken_call)?;
        let point = common.point(index, read(index).ok_or_else(broken_call)?);
        match state.add(point, ordering, now) {
            Ok(output) => {
                write(&output.buckets);
                common.put(index, &output);
            }
            Err(reason) => {
                write(&B::default());
                dropped.add(index, count, reason);
            }
        }
    }
    let mut new = Lists::default();
    for state in &states {
        state.store(&mut new.entries);
        new.offsets.push(new.entries.len() as u32);
    }
    Ok((dropped, VariableCells { offsets: new.offsets, words: new.entries }))
}

impl Common {
    fn fits(&self, count: usize) -> bool {
        let Self { flags, starts, times, counts, sums, minima, maxima, presence, .. } = self;
        [starts.len(), times.len(), counts.len(), sums.len(), minima.len(), maxima.len(), presence.len()] == [count; 7]
            && (flags.is_empty() || flags.len() == count)
    }

    fn point<B>(&self, index: usize, buckets: B) -> Distribution<B> {
        let extremes = [self.sums[index], self.minima[index], self.maxima[index]];
        Distribution {
            life: Life { start: self.starts[index], time: self.times[index], ..Life::default() },
            flags: self.flags.get(index).copied().unwrap_or(0),
            aggregate: Aggregate::from_parts(self.counts[index], extremes, self.presence[index]),
            buckets,
        }
    }

    fn put<B>(&mut self, index: usize, output: &Distribution<B>) {
        self.starts[index] = output.life.start;
        self.times[index] = output.life.time;
        self.counts[index] = output.aggregate.count;
        let ([sum, min, max], presence) = output.aggregate.parts();
        (self.sums[index], self.minima[index], self.maxima[index]) = (sum, min, max);
        self.presence[index] = presence;
        if output.flags != 0 && self.flags.is_empty() {
            // `strict` repeats the flags of a stream's first point on points that came without any.
            self.flags.resize(self.rows.len(), 0);
        }
        if let Some(flags) = self.flags.get_mut(index) {
            *flags = output.flags;
        }
    }
}
