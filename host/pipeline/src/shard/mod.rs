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
use std::time::Duration;

use ::streams::dedup::{PointFingerprint, Seen};
use ::streams::table::{Entry, Table};
use ::streams::{InputStream, OutputStream, Slot};
use tokio::sync::oneshot;

use self::streams::{Resolved, Streams};
use super::batch::{Batch, NewPoint};
use super::drops::{self, Drops, Reason};
use super::failed::Failed;
use super::outcome::Outcome;
use super::output::Output;
use super::request::Request;
use super::stage::{Stage, StageError};
use super::stream_limit::StreamLimit;
use budget::Reservation;
use clock::{Moment, UnixNanos};
use job::{Answer, Job, Question};
use model::NO_RECORDED_VALUE;
use otlp::key::Keyer;
use otlp::points::Point;
use otlp::values::TooMany;
use outside::Outside;

/// A point may be so far in the future, for clocks that go wrong; one that is farther gets the time of its arrival. A
/// single sample hours ahead makes Prometheus refuse the present of every other series.
pub const FUTURE: Duration = Duration::from_secs(5 * 60);

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
    /// The input stream of each point of a job, or a reason why it has none.
    resolved: Vec<Result<InputStream, Reason>>,
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
                    Ok(input) => {
                        if self.batch.is_full() {
                            self.run_batch(round, now);
                        }
                        let Open { request, outcome, .. } = &mut round.jobs[job];
                        if self.add(point, request, input, job as u32, now.wall).is_err() {
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
    fn prefetch(&self, streams: &[Result<InputStream, Reason>], index: usize) {
        if let Some(Ok(far)) = streams.get(index + 2 * Table::AHEAD) {
            self.streams.table.prefetch(*far);
        }
        if let Some(Ok(near)) = streams.get(index + Table::AHEAD) {
            self.streams.table.prefetch_window(*near);
        }
    }

    /// Adds a point to the batch, unless it has been here before.
    #[inline]
    fn add(
        &mut self,
        point: &Point,
        request: &Request,
        input: InputStream,
        job: u32,
        now: UnixNanos,
    ) -> Result<(), TooMany> {
        let kind = point.kind;
        let (mut code, mut value, mut judged) = (point.number as u8, point.value, point.value);
        if !kind.is_number() {
            if point.too_wide {
                return Err(TooMany);
            }
            code = kind as u8;
            (value, judged) = self.batch.read_value(kind, point.place.bytes(&request.bytes))?;
        }
        let fingerprint = PointFingerprint::new(point.start, point.time, code, judged, now);
        let entry = *self.streams.table.input(input);
        let is_own = entry.output == input.own_output();
        let output = if is_own { entry } else { *self.streams.table.output(entry.output) };
        let slot = (output.stamp == self.streams.table.stamp()).then_some(output.slot);
        if !self.is_new(input, fingerprint, output, slot, point.flags, job) {
            self.batch.forget_value(kind);
            return Ok(());
        }
        // Who sends no time means the present.
        let mut time = if point.time.is_known() { point.time } else { now };
        if time > now.plus(FUTURE) {
            self.gauges.future.fetch_add(1, Ordering::Relaxed);
            time = now;
        }
        let (start, flags) = (point.start, point.flags);
        let new = NewPoint { output: entry.output, slot, input, job, fingerprint, code, start, time, value, flags };
        let place = self.batch.push(new);
        if slot.is_none() {
            let stamp = self.streams.table.stamp();
            let output = self.streams.table.output_mut(entry.output);
            output.stamp = stamp;
            output.slot = place;
        }
        if point.exemplars {
            self.batch.read_exemplars(kind, point.place.bytes(&request.bytes));
        }
        Ok(())
    }

    /// Whether a point is neither in its input stream's window nor in the batch, and says something.
    #[inline]
    fn is_new(
        &mut self,
        input: InputStream,
        fingerprint: PointFingerprint,
        output: Entry,
        slot: Option<Slot>,
        flags: u32,
        job: u32,
    ) -> bool {
        match self.streams.table.check(input, fingerprint) {
            Seen::New => {}
            Seen::Duplicate => {
                self.gauges.resent.fetch_add(1, Ordering::Relaxed);
                return false;
            }
            Seen::TooOld => drop(self.gauges.unjudged.fetch_add(1, Ordering::Relaxed)),
        }
        if flags & NO_RECORDED_VALUE != 0 && output.is_shared() {
            // That one of several inputs has nothing to say ends nothing.
            return false;
        }
        let is_own = self.streams.table.input(input).output == input.own_output();
        let in_batch = self.batch.has(input, fingerprint, is_own, slot);
        if in_batch {
            self.batch.note_copy(job);
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
                        round.jobs[batch.job(point)].outcome.filtered.add(reason);
                    }
                    self.commit(&mut batch, now);
                }
                Err(mut error) => {
                    // Where several requests are in it, nobody knows whose fault it is.
                    error.may_retry |= batch.is_of_several_jobs();
                    let failed = Failed::Stage(error);
                    for job in batch.jobs() {
                        round.jobs[job].outcome.fail(&failed, 1);
                    }
                }
            }
        }
        batch.clear();
        self.batch = batch;
        self.streams.table.next_stamp();
    }

    fn run_stages(&mut self, batch: &mut Batch, now: UnixNanos) -> Result<Vec<(usize, Reason)>, StageError> {
        const DONE: i64 = 0;
        let mut dropped = Vec::new();
        let Self { streams: Streams { table, stages, .. }, outside, .. } = self;
        for (index, stage) in stages.iter_mut().enumerate().filter(|(_, stage)| stage.processes()) {
            let processes = |stream: OutputStream| table.output(stream).decisions & 1 << index != 0;
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
        let seconds = now.monotonic.to_seconds();
        for (input, sent) in batch.sent() {
            self.streams.table.input_mut(input).last_seen = seconds;
            // Without memory a later re-send will be taken for new, as one from outside the window is.
            drop(self.streams.table.remember_point(input, sent));
        }
        // Totals of many inputs come faster than times can rise; the last of a batch holds all before it.
        batch.keep_last(|stream| self.streams.table.output(stream).is_shared_total());
        let Self { streams, outside, .. } = self;
        streams.outputs.iter_mut().for_each(|output| output.write(batch, now, &mut **outside));
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
