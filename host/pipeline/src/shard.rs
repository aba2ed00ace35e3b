//! A shard: one thread, its own stream table, guest instances and exporter parts. No lock is shared with another.
//!
//! A round takes the requests that wait, resolves the stream of each point, cuts the points into batches, and runs each
//! batch through the stages. Nothing changes before all stages have answered; then everything changes at once.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender};
use tokio::sync::oneshot;

use super::batch::{BATCH_POINTS, Batch, NO_POINT};
use super::drops::{self, Drops, Reason};
use super::outcome::Outcome;
use super::output::Output;
use super::population::Population;
use super::stage::{Stage, StageError};
use super::streams::Streams;
use budget::Charge;
use clock::{Clock, Moment};
use model::NO_RECORDED_VALUE;
use otlp::points::{Point, Points};
use otlp::values::TooMany;
use otlp::wire::Malformed;
use streams::resends::{Sent, Verdict};
use streams::table::{Entry, Table};

const NANOSECONDS: u64 = 1_000_000_000;

/// A point may be so far in the future, for clocks that go wrong; one that is farther gets the time of its arrival. A
/// single sample hours ahead makes Prometheus refuse the present of every other series.
pub const FUTURE_NS: u64 = 5 * 60 * NANOSECONDS;

/// What a shard is told.
pub enum Message {
    /// Points to be processed.
    Job(Job),
    /// Time has passed.
    Tick,
    /// Time has passed; answer when what had to be done is done.
    TickAndAnswer(oneshot::Sender<()>),
    /// A question of an exporter to its own part; comes back answered.
    Ask(Question, oneshot::Sender<Question>),
    /// No more jobs come: send on what is held back, answer and end.
    Stop(oneshot::Sender<()>),
}

/// What an exporter asks its part in a shard, and the answer.
pub type Question = Box<dyn Any + Send>;

/// Points of one request that belong to this shard.
pub struct Job {
    /// The request, whose bytes hold the descriptions.
    pub request: Arc<Request>,
    /// The points.
    pub points: Vec<Point>,
    /// Room reserved for what they turn into.
    pub reserved: Arc<[Charge]>,
    /// Told when the job is done.
    pub reply: oneshot::Sender<Outcome>,
}

/// A request's bytes, and where descriptions are in them.
pub struct Request {
    /// The `ExportMetricsServiceRequest`.
    pub bytes: Bytes,
    /// Its metrics, scopes and resources; the points have been taken out.
    pub places: Points,
    /// Bytes in flight that are charged for it.
    pub charge: Charge,
}

/// Why a job came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// The sender's fault, found in a description that was seen for the first time. Nothing was changed.
    Malformed(Malformed),
    /// A guest's. Sent again it does no harm: the points that did get through are recognised.
    Guest {
        /// What it did.
        why: String,
        /// Whether the same request may fare better.
        may_retry: bool,
    },
}

impl Failed {
    /// Whether the same points may fare better when they come again.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Malformed(_) => false,
            Self::Guest { may_retry, .. } => *may_retry,
        }
    }
}

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
    pub host_population: Arc<Population>,
    /// Byte forms that the memo may hold.
    pub forms: usize,
    /// Refused streams that are remembered.
    pub refusals: usize,
    /// Where the shard shows itself.
    pub gauges: Arc<Gauges>,
    /// The time.
    pub clock: Clock,
}

/// One shard.
pub struct Shard {
    streams: Streams,
    drops: Drops,
    gauges: Arc<Gauges>,
    clock: Clock,
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
    reply: oneshot::Sender<Outcome>,
    reserved: Arc<[Charge]>,
    request: Arc<Request>,
}

impl Parts {
    /// Builds the shard.
    #[must_use]
    pub fn build(self) -> Shard {
        let Self { stages, outputs, host_population, forms, refusals, .. } = self;
        Shard {
            streams: Streams::new(stages, outputs, host_population, forms, refusals, self.clock.moment()),
            drops: self.drops,
            gauges: self.gauges,
            clock: self.clock,
            batch: Batch::default(),
            resolved: Vec::new(),
        }
    }
}

impl Shard {
    /// Runs until it is told to stop, or nobody is left to tell it anything.
    pub fn run(mut self, inbox: &Receiver<Message>) {
        while let Ok(message) = inbox.recv() {
            let mut next = Some(message);
            while let Some(message) = next.take() {
                match message {
                    Message::Job(job) => next = self.round(job, inbox),
                    Message::Tick => {
                        self.gauges.ticking.store(false, Ordering::Release);
                        self.tick();
                    }
                    Message::TickAndAnswer(reply) => {
                        self.tick();
                        reply.send(()).ok();
                    }
                    Message::Ask(mut question, reply) => {
                        let now = self.clock.now();
                        self.streams.outputs.iter_mut().for_each(|output| output.ask(&mut *question, now));
                        reply.send(question).ok();
                    }
                    Message::Stop(reply) => {
                        self.streams.outputs.iter_mut().for_each(|output| output.flush());
                        reply.send(()).ok();
                        return;
                    }
                }
            }
        }
    }

    /// Processes `job` and the jobs that wait behind it, up to a batch. Returns a message of another kind that it met.
    fn round(&mut self, job: Job, inbox: &Receiver<Message>) -> Option<Message> {
        let now = self.clock.moment();
        let mut round = Round { jobs: Vec::new() };
        let mut met = None;
        let mut next = Some(job);
        let mut taken = 0;
        while let Some(job) = next.take() {
            taken += job.points.len();
            self.take_in(job, &mut round, now);
            if taken >= BATCH_POINTS {
                break;
            }
            match inbox.try_recv() {
                Ok(Message::Job(job)) => next = Some(job),
                Ok(message) => met = Some(message),
                Err(_) => {}
            }
        }
        self.run_batch(&mut round, now);
        // Before the answers, so that whoever sees one also finds it counted.
        for job in &round.jobs {
            self.drops.count(&job.outcome.filtered);
        }
        for Open { outcome, reply, reserved, request } in round.jobs {
            drop((reserved, request));
            reply.send(outcome).ok();
        }
        met
    }

    /// Resolves the points of a job and fills the batch with them, running it whenever it is full.
    fn take_in(&mut self, job: Job, round: &mut Round, now: Moment) {
        let Job { request, points, reserved, reply } = job;
        self.gauges.points.fetch_add(points.len() as u64, Ordering::Relaxed);
        let mut streams = std::mem::take(&mut self.resolved);
        streams.clear();
        let mut outcome = Outcome::default();
        if let Err(why) = self.streams.resolve(&points, &request, &mut streams, now) {
            outcome.fail(&why, points.len() as u64);
        }
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
        let sent = Sent::new(point.start, point.time, code, judged, now);
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
    fn is_new(&mut self, source: u32, sent: Sent, row: Entry, flags: u32, job: u32) -> bool {
        match self.streams.table.judge(source, sent) {
            Verdict::New => {}
            Verdict::Resent => {
                self.gauges.resent.fetch_add(1, Ordering::Relaxed);
                return false;
            }
            Verdict::TooOld => drop(self.gauges.unjudged.fetch_add(1, Ordering::Relaxed)),
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
                Err(error) => {
                    // Where several requests are in it, nobody knows whose fault it is.
                    let may_retry = error.may_retry || batch.job.first() != batch.job.last();
                    let failed = Failed::Guest { why: error.to_string(), may_retry };
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
        let mut dropped = Vec::new();
        let Streams { table, stages, .. } = &mut self.streams;
        for (index, stage) in stages.iter_mut().enumerate().filter(|(_, stage)| stage.processes()) {
            let processes = |row: u32| table.entry(row).decisions & 1 << index != 0;
            stage.process(batch, now, &processes, &mut |point, reason| dropped.push((point, reason)))?;
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
        for output in &mut self.streams.outputs {
            output.write(batch, now.wall);
        }
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

    fn tick(&mut self) {
        let now = self.clock.moment();
        self.streams.sweep(now);
        self.streams.outputs.iter_mut().for_each(|output| output.tick(now.wall));
        self.gauges.memory.store(self.streams.memory(), Ordering::Relaxed);
        self.gauges.streams.store(self.streams.table.len(), Ordering::Relaxed);
    }
}

impl Batch {
    /// Whether one of the points of a row, from `last` back, is the same point of the same source.
    fn repeats(&self, last: u32, source: u32, sent: Sent) -> bool {
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

/// A way to talk to a shard.
pub type Inbox = Sender<Message>;
