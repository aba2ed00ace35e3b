//! A lane: the batch that is being filled, and behind it those that wait to be delivered.

use std::sync::{Mutex, MutexGuard, PoisonError};

use budget::Reservation;
use clock::Moment;
use delivery::Lane as Queue;

use crate::batch::{Batch, OpenBatch};
use crate::settings::Filling;

/// Requests that are put together to one. Where a receiver refuses each of them it takes twice as many attempts to know that.
const REQUESTS: usize = 4_096;

/// A lane of a destination.
#[derive(Debug)]
pub(crate) struct Lane(Mutex<State>);

#[derive(Debug)]
struct State {
    batch: OpenBatch,
    /// What the batch holds; none while it is empty.
    reservation: Option<Reservation>,
    /// None once the lane is closed.
    queue: Option<Queue<Batch>>,
}

impl Lane {
    pub fn new(queue: Queue<Batch>) -> Self {
        Self(Mutex::new(State { batch: OpenBatch::default(), reservation: None, queue: Some(queue) }))
    }

    /// Appends a request of `bytes` bytes and `points` points, for which `reservation` has room, to the open batch. Where the
    /// lane is closed the reservation comes back.
    pub fn append(
        &self,
        (bytes, points): (usize, usize),
        reservation: Reservation,
        filling: Filling,
        now: Moment,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Reservation> {
        let mut state = self.state();
        if state.queue.is_none() {
            return Err(reservation);
        }
        if state.batch.bytes() + bytes > filling.bytes {
            state.flush();
        }
        state.batch.append(bytes, points, now, write);
        match &mut state.reservation {
            Some(own) => own.absorb(reservation),
            own => *own = Some(reservation),
        }
        let is_full = state.batch.bytes() >= filling.bytes
            || state.batch.points() >= filling.points
            || state.batch.requests() >= REQUESTS;
        if is_full || filling.wait.is_zero() {
            state.flush();
        }
        Ok(())
    }

    /// Hands on the open batch if it is old.
    pub fn flush_old(&self, filling: Filling, now: Moment) {
        let mut state = self.state();
        if state.batch.age(now) >= filling.wait {
            state.flush();
        }
    }

    /// Hands on what is there, and takes nothing any more.
    pub fn close(&self) {
        let mut state = self.state();
        state.flush();
        state.queue = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let batch = self.batch.close();
        if let (Some(queue), Some(reservation)) = (&self.queue, self.reservation.take()) {
            queue.push(batch, reservation);
        }
    }
}
