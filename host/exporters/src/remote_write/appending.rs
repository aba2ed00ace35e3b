//! The series of histograms and summaries, appended to a request one after another.

use super::arrival::{arrive_in_time, oldest};
use super::counts::WriteCounts;
use super::encode;
use clock::{UnixMillis, UnixNanos};
use otlp::values::Exemplar;
use prometheus::families::{Change, Part};

/// A request while a family is being appended to it.
pub(super) struct Appending<'a> {
    bytes: &'a mut Vec<u8>,
    /// Exemplars of the series in hand.
    encoded: &'a mut Vec<u8>,
    written: &'a WriteCounts,
    now: UnixNanos,
    /// How many samples have been appended.
    pub samples: usize,
}

impl<'a> Appending<'a> {
    pub fn new(bytes: &'a mut Vec<u8>, encoded: &'a mut Vec<u8>, written: &'a WriteCounts, now: UnixNanos) -> Self {
        Self { bytes, encoded, written, now, samples: 0 }
    }

    /// Appends what happened to a series. Of `exemplars` a bucket gets those that are in it.
    pub fn append(&mut self, change: Change<'_, UnixMillis>, exemplars: &[Exemplar<'_>]) {
        match change {
            Change::Sample(part) => self.append_sample(part, exemplars),
            Change::End(series) => {
                if arrive_in_time(series, self.now, self.written) {
                    encode::stale(&series.labels, series.time, self.bytes);
                    self.samples += 1;
                }
            }
        }
    }

    fn append_sample(&mut self, Part { series, bucket, before, .. }: Part<'_, UnixMillis>, exemplars: &[Exemplar<'_>]) {
        if !arrive_in_time(series, self.now, self.written) {
            return;
        }
        self.encoded.clear();
        if let Some((above, up_to)) = bucket {
            let own = exemplars.iter().filter(|exemplar| exemplar.value > above && exemplar.value <= up_to);
            own.for_each(|exemplar| encode::exemplar(*exemplar, self.encoded));
        }
        if let Some((time, value)) = before.filter(|(time, _)| *time < series.time && *time > oldest(self.now)) {
            encode::series(&series.labels, value, time, self.bytes);
            self.samples += 1;
        }
        encode::series_with_exemplars(&series.labels, series.value, series.time, self.encoded, self.bytes);
        self.samples += 1;
    }
}
