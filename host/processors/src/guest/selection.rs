//! Those points of a batch that go into one call.

use model::Kind;
use pipeline::batch::Batch;
use streams::OutputStream;

/// The points of a call, by their place in the batch.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// Index in the batch of each point.
    pub points: Vec<u32>,
    /// The row of each point in the call: an index into [`Self::streams`].
    pub rows: Vec<u32>,
    /// The distinct streams.
    pub streams: Vec<OutputStream>,
    /// The row of each of the batch's streams, or [`UNSELECTED`].
    numbers: Vec<u32>,
}

const UNSELECTED: u32 = u32::MAX;

impl Selection {
    /// Chooses the points of a kind that are still there; `kind` is none for numbers.
    pub fn choose(&mut self, batch: &Batch, kind: Option<Kind>, processes: &dyn Fn(OutputStream) -> bool) {
        self.points.clear();
        self.rows.clear();
        self.streams.clear();
        self.numbers.clear();
        self.numbers.resize(batch.streams().len(), UNSELECTED);
        for point in (0..batch.len()).filter(|&point| batch.is_alive(point) && batch.kind(point) == kind) {
            let place = batch.columns().rows[point] as usize;
            let stream = batch.streams()[place];
            if !processes(stream) {
                continue;
            }
            if self.numbers[place] == UNSELECTED {
                self.numbers[place] = self.streams.len() as u32;
                self.streams.push(stream);
            }
            self.points.push(point as u32);
            self.rows.push(self.numbers[place]);
        }
    }

    /// The chosen entries of a column.
    pub fn of<T: Copy>(&self, column: &[T]) -> Vec<T> {
        self.points.iter().map(|&point| column[point as usize]).collect()
    }

    /// Puts new entries in the places of the chosen ones; an empty column leaves them.
    pub fn apply<T: Copy>(&self, column: &mut [T], new: &[T]) {
        for (&point, &value) in self.points.iter().zip(new) {
            column[point as usize] = value;
        }
    }

    /// The chosen flags, a column that is empty while all are 0.
    pub fn flags(&self, batch: &Batch) -> Vec<u32> {
        let column = &batch.columns().flags;
        if column.is_empty() { Vec::new() } else { self.of(column) }
    }

    /// Puts back the columns that points of all kinds have.
    pub fn put_back_common(&self, batch: &mut Batch, starts: &[u64], times: &[u64], flags: &[u32]) {
        let points = batch.len();
        let to = batch.parts().columns;
        self.apply(&mut to.starts, starts);
        self.apply(&mut to.times, times);
        if !flags.is_empty() {
            to.flags.resize(points, 0);
            self.apply(&mut to.flags, flags);
        }
    }
}
