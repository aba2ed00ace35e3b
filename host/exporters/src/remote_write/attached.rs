//! Exemplars of points that replaced others: they are put to those of the sample that waits, when its request is closed.

use std::ops::Range;

use super::encode;

/// What points that come later may add to the exemplars of a sample, bytes: 64 exemplars, of a trace and a span each.
const ATTACHED_BYTES: u32 = 8 << 10;

/// The exemplars of one open request, encoded.
#[derive(Debug, Default)]
pub(super) struct Attached {
    bytes: Vec<u8>,
    /// Where the time series of each begins, and where in `bytes` they stand.
    places: Vec<(usize, Range<usize>)>,
}

impl Attached {
    /// Keeps exemplars of the time series that begins at `series`, which has been given `before` bytes of them already. Returns
    /// how many it has then; what is too much is left out.
    #[cold]
    pub fn add(&mut self, series: usize, exemplars: &[u8], before: u32) -> u32 {
        let after = before.saturating_add(u32::try_from(exemplars.len()).unwrap_or(u32::MAX));
        if after > ATTACHED_BYTES {
            return before;
        }
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(exemplars);
        self.places.push((series, begin..self.bytes.len()));
        after
    }

    /// Puts all of them where they belong; nothing is left.
    pub fn move_into(&mut self, request: &mut Vec<u8>) {
        if self.places.is_empty() {
            return;
        }
        // What belongs to one series stays in its order.
        self.places.sort_by_key(|(series, _)| *series);
        let mut whole = Vec::with_capacity(request.len() + self.bytes.len());
        let mut copied = 0;
        for places in self.places.chunk_by(|(one, _), (other, _)| one == other) {
            let Some(&(series, _)) = places.first() else { continue };
            whole.extend_from_slice(&request[copied..series]);
            let all: Vec<u8> = places.iter().flat_map(|(_, place)| &self.bytes[place.clone()]).copied().collect();
            copied = series + encode::extend(&request[series..], &all, &mut whole);
        }
        whole.extend_from_slice(&request[copied..]);
        *request = whole;
        self.bytes.clear();
        self.places.clear();
    }

    /// Bytes of all of them.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Memory in use, bytes.
    pub fn memory(&self) -> usize {
        self.bytes.capacity() + self.places.capacity() * size_of::<(usize, Range<usize>)>()
    }
}
