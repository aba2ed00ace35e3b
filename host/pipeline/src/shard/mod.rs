//! A shard: one thread, its own stream table, guest instances and exporter parts. No lock is shared with another.
//!
//! A round takes the requests that wait, resolves the stream of each point, cuts the points into batches, and runs each
//! batch through the stages. Nothing changes before all stages have answered; then everything changes at once.
//!
//! A shard is a function of what it is told, in order, and of the answers from [`outside`]. It reads no clock: [`thread`] tells
//! it what both show.

pub mod job;
pub mod kept;
pub mod outside;
mod refusal;
pub mod streams;
pub mod thread;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use ::streams::dedup::{PointFingerprint, Seen};
use ::streams::table::{Entry, Table};
use tokio::sync::oneshot;

use self::streams::{Resolved, Streams};
use super::batch::{Batch, NO_POINT};
use super::drops::{self, Drops, Reason};
use super::outcome::Outcome;
use super::output::Output;
use super::stage::{Stage, StageError};
use super::stream_limit::StreamLimit;
use budget::Reservation;
use clock::{MINUTE, Moment};
use job::{Answer, Failed, Job, Question, Request};
use model::NO_RECORDED_VALUE;
use otlp::key::Keyer;
use otlp::points::Point;
use otlp::values::TooMany;
use outside::Outside;

/// A point may be so far in the future, for clocks that go wrong; one that is farther gets the time of its arrival. A
/// single sample hours ahead makes Prometheus refuse the present of every other series.
pub const FUTURE_NS: u64 = 5 * MINUTE;

/// What a shard shows of itself.
#[derive(Debug, Default)]
pub struct Gauges {
    /// Living streams.
    pub streams: AtomicUsize,
    /// Bytes of tables, cells, exporters' labels and guests.
    pub memory: AtomicUsize,
    /// Points that came in.
    pub points: AtomicU64,
    /// Points whose stream was looked up by its description.
    pub unknown: AtomicU64,
    /// Points that had been here before.
    pub resent: AtomicU64,
    /// Points older than their stream's window, taken for new.
    pub unjudged: AtomicU64,
    /// Points too far in the future.
    pub future: AtomicU64,
    /// Batches run.
    pub batches: AtomicU64,
    /// Whether a tick waits in the inbox.
    pub ticking: AtomicBool,
}

/// Everything that a shard is built from.
pub struct Parts {
    /// The stages, in order.
    pub stages: Vec<Box<dyn Stage>>,
    /// The exporters' parts.
    pub outputs: Vec<Box<dyn Output>>,
    /// Counters of dropped points.
    pub drops: Drops,
    /// Streams of the whole host.
    pub host_limit: Arc<StreamLimit>,
    /// Byte forms that the memo may hold.
    pub forms: usize,
    /// Refused streams that are remembered.
    pub refusals: usize,
    /// The process's own.
    pub keyer: Keyer,
    /// Where the shard shows itself.
    pub gauges: Arc<Gauges>,
}

/// One shard.
pub struct Shard {
    streams: Streams,
    drops: Drops,
    gauges: Arc<Gauges>,
    outside: Box<dyn Outside>,
    batch: Batch,
    /// The stream of each point of a job, or a reason why it has none.
    resolved: Vec<Result<u32, Reason>>,
}

/// What came of the jobs of a round, so far.
struct Round {
    jobs: Vec<Open>,
}

struct Open {
    outcome: Outcome,
    reply: oneshot::Sender<Answer>,
    reserved: Arc<[Reservation]>,
    request: Arc<Request>,
}

impl Parts {
    /// Builds the shard.
    #[must_use]
    pub fn build(self, outside: Box<dyn Outside>, now: Moment) -> Shard {
        let Self { stages, outputs, host_limit, forms, refusals, keyer, .. } = self;
        Shard {
            streams: Streams::new(stages, outputs, host_limit, forms, refusals, keyer, now),
            drops: self.drops,
            gauges: self.gauges,
            outside,
            batch: Batch::default(),
            resolved: Vec::new(),
        }
    }
}

impl Shard {
    /// Processes jobs, one after another, and answers all of them.
    pub fn round(&mut self, jobs: impl IntoIterator<Item = Job>, now: Moment) {
        let mut round = Round { jobs: Vec::new() };
        jobs.into_iter().for_each(|job| self.take_in(job, &mut round, now));
        self.run_batch(&mut round, now);
        // Before the answers, so that whoever sees one also finds it counted.
        for job in &round.jobs {
            self.drops.count(&job.outcome.filtered);
        }
        for Open { outcome, reply, reserved, request } in round.jobs {
            drop((reserved, request));
            reply.send(Answer::Done(outcome)).ok();
        }
    }

    /// Resolves the points of a job and fills the batch with them, running it whenever it is full.
    fn take_in(&mut self, job: Job, round: &mut Round, now: Moment) {
        let mut streams = std::mem::take(&mut self.resolved);
        let resolved = self.streams.resolve(&job, &mut streams, &mut *self.outside, now);
        let Job { request, points, reserved, reply, .. } = job;
        let mut outcome = Outcome::default();
        match resolved {
            Ok(Resolved::All) => {}
            Ok(Resolved::Unplanned(unplanned)) => {
                self.resolved = streams;
                reply.send(Answer::Unplanned { points, unplanned }).ok();
                return;
            }
            Err(malformed) => outcome.fail(&Failed::Malformed(malformed), points.len() as u64),
        }
        self.gauges.points.fetch_add(points.len() as u64, Ordering::Relaxed);
        self.gauges.unknown.fetch_add(self.streams.unknown() as u64, Ordering::Relaxed);
        let whole = outcome.failed.is_none();
        round.jobs.push(Open { outcome, reply, reserved, request });
        let job = round.jobs.len() - 1;
        if whole {
            for (index, (point, stream)) in points.iter().zip(&streams).enumerate() {
                self.prefetch(&streams, index);
                match *stream {
                    Ok(source) => {
                        if self.batch.is_full() {
                            self.run_batch(round, now);
                        }
                        let Open { request, outcome, .. } = &mut round.jobs[job];
                        if self.add(point, request, source, job as u32, now.wall).is_err() {
                            outcome.dropped.add(drops::TOO_MANY_BUCKETS);
                        }
                    }
                    Err(reason) => round.jobs[job].outcome.dropped.add(reason),
                }
            }
        }
        self.resolved = streams;
    }

    /// Entries are fetched far ahead, so that the windows that they lead to can be fetched nearer.
    #[inline]
    fn prefetch(&self, streams: &[Result<u32, Reason>], index: usize) {
        if let Some(Ok(far)) = streams.get(index + 2 * Table::AHEAD) {
            self.streams.table.prefetch(*far);
        }
        if let Some(Ok(near)) = streams.get(index + Table::AHEAD) {
            self.streams.table.prefetch_window(*near);
        }
    }

    /// Adds a point to the batch, unless it has been here before.
    #[inline]
    fn add(&mut self, point: &Point, request: &Request, source: u32, job: u32, now: u64) -> Result<(), TooMany> {
        let kind = point.kind;
        let (mut code, mut value, mut judged) = (point.number as u8, point.value, point.value);
        if !kind.is_number() {
            if point.too_wide {
                return Err(TooMany);
            }
            let (index, digest) = self.batch.values.read(kind, point.place.bytes(&request.bytes))?;
            (code, value, judged) = (kind as u8, index as u64, digest);
        }
        let sent = PointFingerprint::new(point.start, point.time, code, judged, now);
        let entry = *self.streams.table.entry(source);
        let row = if entry.row == source { entry } else { *self.streams.table.entry(entry.row) };
        if !self.is_new(source, sent, row, point.flags, job) {
            self.batch.values.take_back(kind);
            return Ok(());
        }
        let batch = &mut self.batch;
        let index = batch.len() as u32;
        let (slot, previous) = if row.stamp == self.streams.table.stamp() {
            (u32::from(row.slot), batch.last[row.slot as usize])
        } else {
            let slot = batch.rows.len() as u32;
            let stamp = self.streams.table.stamp();
            let place = self.streams.table.entry_mut(entry.row);
            place.stamp = stamp;
            place.slot = slot as u16;
            batch.rows.push(entry.row);
            batch.last.push(index);
            (slot, NO_POINT)
        };
        batch.last[slot as usize] = index;
        batch.previous.push(previous);
        batch.alive.push(true);
        batch.job.push(job);
        batch.source.push(source);
        batch.sent.push(sent);
        let columns = &mut batch.columns;
        columns.rows.push(slot);
        columns.kinds.push(code);
        columns.starts.push(point.start);
        if point.time > now + FUTURE_NS {
            self.gauges.future.fetch_add(1, Ordering::Relaxed);
            columns.times.push(now);
        } else {
            // Who sends no time means the present.
            columns.times.push(if point.time == 0 { now } else { point.time });
        }
        columns.values.push(value);
        if point.flags != 0 || !columns.flags.is_empty() {
            columns.flags.resize(index as usize, 0);
            columns.flags.push(point.flags);
        }
        if point.exemplars {
            batch.exemplars.read(index, kind.exemplars_field(), point.place.bytes(&request.bytes));
        }
        Ok(())
    }

    /// Whether a point is neither in its source's window nor in the batch, and says something.
    #[inline]
    fn is_new(&mut self, source: u32, sent: PointFingerprint, row: Entry, flags: u32, job: u32) -> bool {
        match self.streams.table.check(source, sent) {
            Seen::New => {}
            Seen::Duplicate => {
                self.gauges.resent.fetch_add(1, Ordering::Relaxed);
                return false;
            }
            Seen::TooOld => drop(self.gauges.unjudged.fetch_add(1, Ordering::Relaxed)),
        }
        if flags & NO_RECORDED_VALUE != 0 && row.is_shared() {
            // That one of several sources has nothing to say ends nothing.
            return false;
        }
        let in_batch = if !sent.has_time() {
            false
        } else if self.streams.table.entry(source).row == source {
            let last =
                if row.stamp == self.streams.table.stamp() { self.batch.last[row.slot as usize] } else { NO_POINT };
            self.batch.repeats(last, source, sent)
        } else {
            !self.batch.of_other_rows.insert((source, sent))
        };
        if in_batch {
            self.batch.copies.push(job);
            self.gauges.resent.fetch_add(1, Ordering::Relaxed);
        }
        !in_batch
    }

    /// Runs the batch through the stages, then makes its changes real.
    fn run_batch(&mut self, round: &mut Round, now: Moment) {
        let mut batch = std::mem::take(&mut self.batch);
        if !batch.is_empty() {
            self.gauges.batches.fetch_add(1, Ordering::Relaxed);
            match self.run_stages(&mut batch, now.wall) {
                Ok(dropped) => {
                    for (point, reason) in dropped {
                        round.jobs[batch.job[point] as usize].outcome.filtered.add(reason);
                    }
                    self.commit(&mut batch, now);
                }
                Err(mut error) => {
                    // Where several requests are in it, nobody knows whose fault it is.
                    error.may_retry |= batch.job.first() != batch.job.last();
                    let failed = Failed::Stage(error);
                    for &job in batch.job.iter().chain(&batch.copies) {
                        round.jobs[job as usize].outcome.fail(&failed, 1);
                    }
                }
            }
        }
        batch.clear();
        self.batch = batch;
        self.streams.table.next_stamp();
    }

    fn run_stages(&mut self, batch: &mut Batch, now: u64) -> Result<Vec<(usize, Reason)>, StageError> {
        const DONE: i64 = 0;
        let mut dropped = Vec::new();
        let Self { streams: Streams { table, stages, .. }, outside, .. } = self;
        for (index, stage) in stages.iter_mut().enumerate().filter(|(_, stage)| stage.processes()) {
            let processes = |row: u32| table.entry(row).decisions & 1 << index != 0;
            let done = stage.process(batch, now, &processes, &mut |point, reason| dropped.push((point, reason)));
            // Whether a call was cut off depends on how fast the machine is.
            let failed = done.as_ref().map_or_else(|error| 1 + i64::from(error.may_retry), |()| DONE);
            match outside.answer(&mut || failed) {
                DONE if done.is_ok() => {}
                DONE => done?,
                failed => return Err(done.err().unwrap_or_else(|| StageError::recorded(failed > 1))),
            }
        }
        Ok(dropped)
    }

    fn commit(&mut self, batch: &mut Batch, now: Moment) {
        self.streams.stages.iter_mut().for_each(|stage| stage.commit());
        let seconds = now.monotonic_seconds();
        for (&source, &sent) in batch.source.iter().zip(&batch.sent) {
            self.streams.table.entry_mut(source).last_seen = seconds;
            // Without memory a later re-send will be taken for new, as one from outside the window is.
            drop(self.streams.table.remember_point(source, sent));
        }
        self.keep_last_totals(batch);
        let Self { streams, outside, .. } = self;
        streams.outputs.iter_mut().for_each(|output| output.write(batch, now, &mut **outside));
    }

    /// Totals of many sources come faster than times can rise; the last of a batch holds all before it.
    fn keep_last_totals(&self, batch: &mut Batch) {
        let mut follows = Vec::new();
        for slot in 0..batch.rows.len() {
            if self.streams.table.entry(batch.rows[slot]).is_shared_total() {
                if follows.is_empty() {
                    follows.extend(0..batch.len() as u32);
                }
                batch.keep_last(slot, &mut follows);
            }
        }
        if !follows.is_empty() && !batch.exemplars.is_empty() {
            batch.exemplars.hand_over(&follows);
        }
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Moment) {
        self.streams.sweep(now);
        let Self { streams, outside, .. } = self;
        streams.outputs.iter_mut().for_each(|output| output.tick(now, &mut **outside));
        self.gauges.memory.store(self.streams.memory(), Ordering::Relaxed);
        self.gauges.streams.store(self.streams.table.len(), Ordering::Relaxed);
    }

    /// Has each exporter's part answer a question.
    pub fn ask(&mut self, question: &mut Question, now: Moment) {
        self.streams.outputs.iter_mut().for_each(|output| output.ask(&mut **question, now));
    }

    /// Sends on what is held back, at the end.
    pub fn flush(&mut self, now: Moment) {
        self.streams.outputs.iter_mut().for_each(|output| output.flush(now));
    }
}

impl Batch {
    /// Whether one of the points of a row, from `last` back, is the same point of the same source.
    fn repeats(&self, last: u32, source: u32, sent: PointFingerprint) -> bool {
        let mut point = last;
        while point != NO_POINT {
            let index = point as usize;
            if self.sent[index] == sent && self.source[index] == source {
                return true;
            }
            point = self.previous[index];
        }
        false
    }

    /// Of the points of a row only the last one stays that is still there; the others are followed by it.
    fn keep_last(&mut self, slot: usize, follows: &mut [u32]) {
        let mut point = self.last[slot];
        let mut kept = None;
        while point != NO_POINT {
            let index = point as usize;
            if self.alive[index] {
                match kept {
                    None => kept = Some(point),
                    Some(kept) => {
                        self.alive[index] = false;
                        follows[index] = kept;
                    }
                }
            }
            point = self.previous[index];
        }
    }
}
