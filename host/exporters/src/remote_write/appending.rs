//! The series of histograms and summaries, appended to a request one after another.

use super::arrival::{Arrival, Placed};
use super::encode;
use super::filling::Filling;
use clock::UnixMillis;
use otlp::values::Exemplar;
use prometheus::families::{Change, Changes, Part};
use prometheus::series::Next;

/// A request while a family is being appended to it.
pub(super) struct Appending<'a> {
    filling: &'a mut Filling,
    /// Exemplars of the series in hand.
    encoded: &'a mut Vec<u8>,
    arrival: Arrival<'a>,
    /// Of the point in hand; a bucket gets those that are in it.
    exemplars: &'a [Exemplar<'a>],
    placed: Option<Placed>,
    /// Whether it was asked for a time, and has counted what got none.
    pub has_placed: bool,
}

impl<'a> Appending<'a> {
    pub fn new(
        filling: &'a mut Filling,
        encoded: &'a mut Vec<u8>,
        arrival: Arrival<'a>,
        exemplars: &'a [Exemplar<'a>],
    ) -> Self {
        Self { filling, encoded, arrival, exemplars, placed: None, has_placed: false }
    }

    fn append(&mut self, Part { series, bucket, before, .. }: Part<'_, UnixMillis>, placed: Placed) {
        self.encoded.clear();
        if let Some((above, up_to)) = bucket {
            let own = self.exemplars.iter().filter(|exemplar| exemplar.value > above && exemplar.value <= up_to);
            own.for_each(|exemplar| encode::exemplar(*exemplar, self.encoded));
        }
        if let Some((time, value)) = before.filter(|(time, _)| *time < series.time && *time > self.arrival.oldest()) {
            self.filling.open.write_once(&series.labels, value, time);
        }
        self.filling.write(series, placed, self.encoded);
    }
}

impl Changes<UnixMillis> for &mut Appending<'_> {
    fn place(&mut self, next: Next<UnixMillis>) -> Option<UnixMillis> {
        self.has_placed = true;
        self.placed = self.arrival.place(next, self.filling.waiting(next.mark));
        self.placed.map(|placed| placed.time)
    }

    fn change(&mut self, change: Change<'_, UnixMillis>) {
        match change {
            Change::Sample(part) => {
                if let Some(placed) = self.placed {
                    self.append(part, placed);
                }
            }
            Change::End(series) => self.filling.open.end(series),
        }
    }
}
