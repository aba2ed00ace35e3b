//! The streams of a shard: who comes in, and who has to go.
//!
//! A stream that nobody has seen comes with a plan: what the stages and exporters made of it. Here it is counted against every
//! limit, described to the exporters and given its cells, in that order; it is taken in by all of them or by none. One that
//! has been idle for too long is forgotten by all of them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::job::Job;
use super::outside::{Outside, is_so};
use super::refusal::{Holds, OutputsMade, Refusal};
use crate::decide::plan::{Plan, Seed, StreamPlan};
use crate::drops::{self, Reason};
use crate::output::Output;
use crate::stage::Stage;
use crate::stream_limit::StreamLimit;
use clock::{Moment, MonotonicNanos, SECOND};
use otlp::key::Keyer;
use otlp::wire::Malformed;
use streams::describe::{Context, Identity, WireDescription};
use streams::refused::Refused;
use streams::table::{Entry, Left, Table};
use streams::{InputStream, OutputStream};

/// A stream is forgotten after so long without a point where no processor that holds state of it asks for another time.
/// It is the Collector's default for `max_stale`, and the time after which Prometheus takes a series for gone. Seconds.
pub const IDLE_SECONDS: u32 = 5 * 60;

/// The table is swept once in this time, bit by bit. Nanoseconds.
const SWEEP: Duration = Duration::from_secs(60);

/// The streams of a shard, and all that keeps something of each.
pub struct Streams {
    /// Their entries.
    pub table: Table,
    /// The stages, which keep cells.
    pub stages: Vec<Box<dyn Stage>>,
    /// The exporters' parts, which keep labels.
    pub outputs: Vec<Box<dyn Output>>,
    host_limit: Arc<StreamLimit>,
    refused: Refused,
    outputs_made: OutputsMade,
    /// Points of a request that the memo does not know.
    unknown: Vec<u32>,
    /// When the table was last swept.
    swept: MonotonicNanos,
}

/// What came of looking up the streams of a job.
#[derive(Debug, PartialEq, Eq)]
pub enum Resolved {
    /// All are found, taken in or refused.
    All,
    /// Nothing has changed, since nothing was decided about the streams of points with these indexes.
    Unplanned(Vec<u32>),
}

/// The identity of a point's stream, and its plan.
type Found<'j> = (Option<Identity>, Option<&'j Plan>);

/// An output stream that an input stream is to have.
#[derive(Debug, Clone, Copy)]
struct Target {
    stream: OutputStream,
    /// The number of what its cells begin with, if it may have several inputs.
    seeds: Option<u32>,
}

/// A stream that is to be taken in.
#[derive(Debug, Clone, Copy)]
struct Planned<'p> {
    /// The identity of its description behind the stages.
    described: Identity,
    plan: &'p StreamPlan,
}

/// How an input stream came to its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is the first.
    Made,
    /// The output had inputs.
    Joined,
}

impl Streams {
    /// No streams yet.
    #[must_use]
    pub fn new(
        stages: Vec<Box<dyn Stage>>,
        outputs: Vec<Box<dyn Output>>,
        host_limit: Arc<StreamLimit>,
        forms: usize,
        refusals: usize,
        keyer: Keyer,
        now: Moment,
    ) -> Self {
        Self {
            table: Table::new(forms),
            stages,
            outputs,
            host_limit,
            refused: Refused::new(refusals),
            outputs_made: OutputsMade::new(keyer),
            unknown: Vec::new(),
            swept: now.monotonic,
        }
    }

    /// Finds the input stream of each point of a job, or a reason why it has none. The memo knows nearly all; the others are
    /// checked, all of them, before the first is taken in.
    ///
    /// # Errors
    /// [`Malformed`]; no point of the request may be processed.
    pub fn resolve(
        &mut self,
        job: &Job,
        streams: &mut Vec<Result<InputStream, Reason>>,
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<Resolved, Malformed> {
        let points = &job.points;
        let mut unknown = std::mem::take(&mut self.unknown);
        unknown.clear();
        streams.clear();
        for (index, point) in points.iter().enumerate() {
            if let Some(later) = points.get(index + Table::AHEAD) {
                self.table.prefetch_key(later.key);
            }
            match self.table.find(point.key) {
                Some(stream) => streams.push(Ok(stream)),
                None => match self.refusal(point.key, outside) {
                    Some(reason) => streams.push(Err(reason)),
                    None => {
                        unknown.push(index as u32);
                        streams.push(Err(drops::OUT_OF_MEMORY));
                    }
                },
            }
        }
        let resolved = if unknown.is_empty() {
            Ok(Resolved::All)
        } else {
            self.resolve_unknown(&unknown, job, streams, outside, now)
        };
        self.unknown = unknown;
        resolved
    }

    /// Points of the last request that [`Self::resolve`] looked up by their descriptions.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.unknown.len()
    }

    /// Why the stream of `key` is refused, if it was, and nothing has happened that could change that.
    fn refusal(&self, key: u128, outside: &mut dyn Outside) -> Option<Reason> {
        match Holds::of_note(self.refused.get(key)?) {
            Holds::Stays(reason) => Some(reason).filter(|&reason| !self.has_room_again(reason, outside)),
            Holds::Waits { stage, output } => {
                let limits = self.stages.get(usize::from(stage))?.limits();
                let waits = !is_so(outside, || limits.streams.has_room()) && !self.outputs_made.since(output);
                waits.then_some(limits.reason)
            }
        }
    }

    /// Remembers a refusal, if it holds. What is not remembered is found out again with the next point.
    fn refuse(&mut self, key: u128, refusal: Refusal) {
        if let Some(holds) = refusal.holds {
            let _ = self.refused.insert(key, holds.to_note());
        }
    }

    /// Whether streams that were refused for `reason`, a limit, can be taken in by now. Limits hold over all shards.
    fn has_room_again(&self, reason: Reason, outside: &mut dyn Outside) -> bool {
        if reason == drops::HOST_LIMIT {
            return is_so(outside, || self.host_limit.has_room());
        }
        let limiting = self.stages.iter().map(|stage| stage.limits()).find(|limits| limits.reason == reason);
        limiting.is_some_and(|limits| is_so(outside, || limits.streams.has_room()))
    }

    #[cold]
    fn resolve_unknown(
        &mut self,
        unknown: &[u32],
        job: &Job,
        streams: &mut [Result<InputStream, Reason>],
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<Resolved, Malformed> {
        if !job.prepared {
            return Ok(Resolved::Unplanned(unknown.to_vec()));
        }
        let found = self.identify(unknown, job)?;
        let is_unplanned = |&(identity, plan): &Found<'_>| {
            plan.is_none() && identity.is_none_or(|identity| !self.table.is_alive(InputStream::of(identity)))
        };
        let pairs = unknown.iter().zip(&found);
        let unplanned: Vec<u32> = pairs.filter(|(_, found)| is_unplanned(found)).map(|(&index, _)| index).collect();
        if !unplanned.is_empty() {
            found.iter().for_each(|&(identity, _)| self.release(identity));
            return Ok(Resolved::Unplanned(unplanned));
        }
        for (&index, (identity, plan)) in unknown.iter().zip(found) {
            let index = index as usize;
            streams[index] = self.take_in(job.points[index].key, identity, plan, outside, now);
        }
        Ok(Resolved::All)
    }

    /// The identity of each unknown point, with a use of it, and its plan if there is one. No identity: its points are dropped
    /// whoever it is. A plan has its description ready.
    fn identify<'j>(&mut self, unknown: &[u32], job: &'j Job) -> Result<Vec<Found<'j>>, Malformed> {
        let Job { request, points, .. } = job;
        let mut found = Vec::with_capacity(unknown.len());
        let mut context = Context::default();
        let descriptions = &mut self.table.descriptions;
        let identified = unknown.iter().try_for_each(|&index| -> Result<(), Malformed> {
            let point = &points[index as usize];
            let plan = job.plan(point.key);
            let identity = match plan {
                Some(Plan::Take(plan)) => Some(descriptions.adopt(&plan.sent)),
                Some(Plan::Drop(_)) => None,
                None => {
                    let written = WireDescription::of(point, &request.places, &request.bytes);
                    descriptions.identify(&written, &mut context)?
                }
            };
            found.push((identity, plan));
            Ok(())
        });
        descriptions.release_context(context);
        if let Err(malformed) = identified {
            found.into_iter().for_each(|(identity, _)| self.release(identity));
            return Err(malformed);
        }
        Ok(found)
    }

    fn release(&mut self, identity: Option<Identity>) {
        if let Some(identity) = identity {
            self.table.descriptions.release(identity);
        }
    }

    /// Takes one use of `identity`, or gives it back. The stream is known, or there is a plan.
    fn take_in(
        &mut self,
        key: u128,
        identity: Option<Identity>,
        plan: Option<&Plan>,
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<InputStream, Reason> {
        // An earlier point of the same request may have been refused.
        if let Some(reason) = self.refusal(key, outside) {
            self.release(identity);
            return Err(reason);
        }
        let refused = match (identity, plan) {
            // Another byte form of a stream that is known, or an earlier point of the same request.
            (Some(identity), _) if self.table.is_alive(InputStream::of(identity)) => {
                self.table.descriptions.release(identity);
                None
            }
            (Some(identity), Some(Plan::Take(plan))) => {
                self.register(InputStream::of(identity), plan, outside, now).err()
            }
            (_, Some(Plan::Drop(reason))) => Some(Refusal::stays(*reason)),
            (None, _) => Some(Refusal::stays(drops::TOO_LONG)),
            (Some(_), None) => Some(Refusal { reason: drops::OUT_OF_MEMORY, holds: None }),
        };
        if let Some(refusal) = refused {
            self.release(identity);
            self.refuse(key, refusal);
            return Err(refusal.reason);
        }
        let Some(input) = identity.map(InputStream::of) else { return Err(drops::TOO_LONG) };
        // A form that is not remembered is resolved again with the next point.
        let _ = self.table.remember(key, input);
        Ok(input)
    }

    /// Takes in an input stream that is new, with what it needs beside its own entry: an output stream, which it may share.
    fn register(
        &mut self,
        input: InputStream,
        plan: &StreamPlan,
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<(), Refusal> {
        let descriptions = &mut self.table.descriptions;
        let described = match &plan.shaped {
            Some(shaped) => descriptions.adopt(shaped),
            None => {
                descriptions.share(input.identity());
                input.identity()
            }
        };
        let planned = Planned { described, plan };
        let target = self.target_of(input, planned);
        let settled = self.settle(input, target, planned, outside, now);
        let refused = settled.map_err(|reason| Refusal { reason, holds: self.holds(reason, planned) });
        // What the table has not taken over is given back.
        if refused.is_err() || target.stream == input.own_output() {
            self.table.descriptions.release(target.stream.identity());
        }
        if let Some(seeds) = target.seeds.filter(|_| refused != Ok(Place::Made)) {
            self.table.release_seeds(seeds);
        }
        self.table.descriptions.release(described);
        refused.map(drop)
    }

    /// The output of a stream, with one use of its number and of its seeds. Streams whose state adds up have one together when
    /// they come out as one, if their cells begin alike. All others have their own, and meet where they are written, each
    /// with its latest value.
    fn target_of(&mut self, input: InputStream, planned: Planned<'_>) -> Target {
        let table = &mut self.table;
        if planned.plan.adds_up
            && let Some(seeds) = table.take_seeds(&planned.plan.seed_bytes())
        {
            let stream = OutputStream::of(planned.described);
            let (decisions, traits) = (planned.plan.decisions, planned.plan.traits);
            if !table.is_output(stream) || table.output(stream).takes(decisions, traits, seeds) {
                table.descriptions.share(stream.identity());
                return Target { stream, seeds: Some(seeds) };
            }
            table.release_seeds(seeds);
        }
        // Others, which come out as this stream was sent, may have an output of its number.
        let stream = input.own_output();
        if table.is_output(stream) {
            return Target { stream: OutputStream::of(table.descriptions.take_alias(input.identity())), seeds: None };
        }
        table.descriptions.share(stream.identity());
        Target { stream, seeds: None }
    }

    /// How long a stream is refused for `reason`.
    fn holds(&mut self, reason: Reason, planned: Planned<'_>) -> Option<Holds> {
        if reason == drops::OUT_OF_MEMORY {
            return None;
        }
        let full = self.stages.iter().position(|stage| stage.limits().reason == reason);
        // An output that another stream makes has room for this one, whatever the limit of the stage says.
        let waits = full.filter(|_| planned.plan.adds_up).map(|stage| {
            let output = self.outputs_made.wait_for(self.table.descriptions.view(planned.described));
            Holds::Waits { stage: stage as u8, output }
        });
        Some(waits.unwrap_or(Holds::Stays(reason)))
    }

    /// Counts a stream against all limits and gives it its places, or leaves everything as it was.
    fn settle(
        &mut self,
        input: InputStream,
        target: Target,
        planned: Planned<'_>,
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<Place, Reason> {
        // An input stream that has left its output takes its place among the host's streams for as long as it is known.
        let counted = self.table.is_retired(input);
        if !counted && !is_so(outside, || self.host_limit.join()) {
            return Err(drops::HOST_LIMIT);
        }
        let settled = self.place(target, planned, outside).and_then(|place| {
            let inserted = self.table.insert(input, target.stream, now.monotonic.seconds());
            if inserted.is_err() && place == Place::Made {
                self.abandon(target.stream, planned);
            }
            inserted.map(|()| place).map_err(|_| drops::OUT_OF_MEMORY)
        });
        if settled.is_err() && !counted {
            self.host_limit.leave();
        }
        settled
    }

    /// Makes an output stream, if it does not exist.
    fn place(&mut self, target: Target, planned: Planned<'_>, outside: &mut dyn Outside) -> Result<Place, Reason> {
        if self.table.is_output(target.stream) {
            return Ok(Place::Joined);
        }
        let mut joined = 0;
        let counted = planned.plan.seeds.iter().try_for_each(|&(index, _)| {
            let limits = self.stages[index].limits();
            let budget = is_so(outside, || limits.streams.join());
            joined += usize::from(budget);
            if budget { Ok(()) } else { Err(limits.reason) }
        });
        if let Err(reason) = counted.and_then(|()| self.describe(target.stream, planned)) {
            self.leave(&planned.plan.seeds[..joined]);
            return Err(reason);
        }
        if self.make(target, planned).is_err() {
            self.abandon(target.stream, planned);
            return Err(drops::OUT_OF_MEMORY);
        }
        if target.seeds.is_some() {
            self.outputs_made.add(self.table.descriptions.view(planned.described));
        }
        Ok(Place::Made)
    }

    /// Undoes all of [`Self::place`].
    fn abandon(&mut self, stream: OutputStream, planned: Planned<'_>) {
        self.outputs.iter_mut().for_each(|output| output.forget(stream));
        for &(index, _) in &planned.plan.seeds {
            self.stages[index].evict(stream);
        }
        self.leave(&planned.plan.seeds);
    }

    /// Takes an output stream out of the limits of the stages that hold its cells.
    fn leave(&self, cells: &[Seed]) {
        for &(index, _) in cells {
            self.stages[index].limits().streams.leave();
        }
    }

    /// Describes an output stream to all exporters, or to none.
    fn describe(&mut self, stream: OutputStream, planned: Planned<'_>) -> Result<(), Reason> {
        let view = self.table.descriptions.view(planned.described).with_traits(planned.plan.traits);
        for index in 0..self.outputs.len() {
            let Some(labels) = planned.plan.labels.get(index) else { break };
            if let Err(reason) = self.outputs[index].describe(stream, view, planned.plan.origin, labels) {
                self.outputs[..index].iter_mut().for_each(|output| output.forget(stream));
                return Err(reason);
            }
        }
        Ok(())
    }

    /// Gives an output stream its cells and its entry.
    fn make(&mut self, target: Target, planned: Planned<'_>) -> io::Result<()> {
        for (index, seed) in &planned.plan.seeds {
            self.stages[*index].register(target.stream, planned.plan.traits.kind, seed)?;
        }
        self.table.insert_output(target.stream, planned.plan.decisions, planned.plan.traits, target.seeds)
    }

    /// Forgets streams that have been idle for too long, in a share of the table that corresponds to the time since the
    /// last sweep.
    pub fn sweep(&mut self, now: Moment) {
        let share = now.monotonic.since(self.swept).div_duration_f64(SWEEP);
        self.swept = now.monotonic;
        let Self { table, stages, outputs, host_limit, .. } = self;
        let idle: Vec<Option<u32>> = stages.iter().map(|stage| idle_seconds(stage.limits().max_idle)).collect();
        let swept = table.sweep(
            share,
            now.monotonic.seconds(),
            |entry| patience(entry, &idle),
            |left| match left {
                Left::Output(stream, entry) => {
                    outputs.iter_mut().for_each(|output| output.forget(stream));
                    for stage in processing(stages, entry) {
                        stage.evict(stream);
                        stage.limits().streams.leave();
                    }
                }
                Left::Input => host_limit.leave(),
            },
        );
        if let Err(error) = swept {
            tracing::warn!(%error, "no memory to clean the stream memo; trying again later");
        }
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.table.memory()
            + self.refused.memory()
            + self.outputs_made.memory()
            + self.stages.iter().map(|stage| stage.memory()).sum::<usize>()
            + self.outputs.iter().map(|output| output.memory()).sum::<usize>()
    }
}

/// The stages that process an output stream.
fn processing<'a>(stages: &'a mut [Box<dyn Stage>], entry: &Entry) -> impl Iterator<Item = &'a mut Box<dyn Stage>> {
    let decisions = entry.decisions;
    stages.iter_mut().enumerate().filter(move |(index, _)| decisions & 1 << index != 0).map(|(_, stage)| stage)
}

/// How long inputs of an output stream may be idle, seconds: as long as the most impatient of the stages that process it allows.
fn patience(entry: &Entry, idle: &[Option<u32>]) -> u32 {
    let processing = idle.iter().enumerate().filter(|(index, _)| entry.decisions & 1 << index != 0);
    processing.filter_map(|(_, idle)| *idle).min().unwrap_or(IDLE_SECONDS)
}

fn idle_seconds(max_idle: Option<u64>) -> Option<u32> {
    max_idle.map(|idle| u32::try_from(idle / SECOND).unwrap_or(u32::MAX))
}
