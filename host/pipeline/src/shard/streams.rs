//! The streams of a shard: who comes in, and who has to go.
//!
//! A stream that nobody has seen comes with a plan: what the stages and exporters made of it. Here it is counted against every
//! limit, described to the exporters and given its cells, in that order; it is taken in by all of them or by none. One that
//! has been idle for too long is forgotten by all of them.

use std::io;
use std::sync::Arc;

use super::job::Job;
use super::outside::{Outside, is_so};
use super::refusal::{Holds, Refusal, RowsMade};
use crate::decide::plan::{Plan, Seed, StreamPlan};
use crate::drops::{self, Reason};
use crate::output::Output;
use crate::stage::Stage;
use crate::stream_limit::StreamLimit;
use clock::{MINUTE, Moment, SECOND};
use otlp::key::Keyer;
use otlp::wire::Malformed;
use streams::describe::{Context, WireDescription};
use streams::refused::Refused;
use streams::table::{Entry, Left, Table};

/// A stream is forgotten after so long without a point where no processor that holds state of it asks for another time.
/// It is the Collector's default for `max_stale`, and the time after which Prometheus takes a series for gone. Seconds.
pub const IDLE_SECONDS: u32 = 5 * 60;

/// The table is swept once in this time, bit by bit. Nanoseconds.
const SWEEP_NS: u64 = MINUTE;

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
    rows_made: RowsMade,
    /// Points of a request that the memo does not know.
    unknown: Vec<u32>,
    /// When the table was last swept, nanoseconds by the clock that nobody sets.
    swept: u64,
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
type Found<'j> = (Option<u32>, Option<&'j Plan>);

/// A row that a stream is to have.
#[derive(Debug, Clone, Copy)]
struct Row {
    number: u32,
    /// The number of what its cells begin with, if it may have several sources.
    seeds: Option<u32>,
}

/// A stream that is to be taken in.
#[derive(Debug, Clone, Copy)]
struct Planned<'p> {
    /// The identity of its description behind the stages.
    described: u32,
    plan: &'p StreamPlan,
}

/// How a source came to its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is the first.
    Made,
    /// The row had sources.
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
            rows_made: RowsMade::new(keyer),
            unknown: Vec::new(),
            swept: now.monotonic,
        }
    }

    /// Finds the source stream of each point of a job, or a reason why it has none. The memo knows nearly all; the others are
    /// checked, all of them, before the first is taken in.
    ///
    /// # Errors
    /// [`Malformed`]; no point of the request may be processed.
    pub fn resolve(
        &mut self,
        job: &Job,
        streams: &mut Vec<Result<u32, Reason>>,
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
            Holds::Waits { stage, row } => {
                let limits = self.stages.get(usize::from(stage))?.limits()?;
                let waits = !is_so(outside, || limits.streams.has_room()) && !self.rows_made.since(row);
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
        let limiting = self.stages.iter().filter_map(|stage| stage.limits()).find(|limits| limits.reason == reason);
        limiting.is_some_and(|limits| is_so(outside, || limits.streams.has_room()))
    }

    #[cold]
    fn resolve_unknown(
        &mut self,
        unknown: &[u32],
        job: &Job,
        streams: &mut [Result<u32, Reason>],
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<Resolved, Malformed> {
        if !job.prepared {
            return Ok(Resolved::Unplanned(unknown.to_vec()));
        }
        let found = self.identify(unknown, job)?;
        let is_unplanned = |&(identity, plan): &Found<'_>| {
            plan.is_none() && identity.is_none_or(|identity| !self.table.is_alive(identity))
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

    fn release(&mut self, identity: Option<u32>) {
        if let Some(identity) = identity {
            self.table.descriptions.release(identity);
        }
    }

    /// Takes one use of `identity`, or gives it back. The stream is known, or there is a plan.
    fn take_in(
        &mut self,
        key: u128,
        identity: Option<u32>,
        plan: Option<&Plan>,
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<u32, Reason> {
        // An earlier point of the same request may have been refused.
        if let Some(reason) = self.refusal(key, outside) {
            self.release(identity);
            return Err(reason);
        }
        let refused = match (identity, plan) {
            // Another byte form of a stream that is known, or an earlier point of the same request.
            (Some(identity), _) if self.table.is_alive(identity) => {
                self.table.descriptions.release(identity);
                None
            }
            (Some(identity), Some(Plan::Take(plan))) => self.welcome(identity, plan, outside, now).err(),
            (_, Some(Plan::Drop(reason))) => Some(Refusal::stays(*reason)),
            (None, _) => Some(Refusal::stays(drops::TOO_LONG)),
            (Some(_), None) => Some(Refusal { reason: drops::OUT_OF_MEMORY, holds: None }),
        };
        if let Some(refusal) = refused {
            self.release(identity);
            self.refuse(key, refusal);
            return Err(refusal.reason);
        }
        let Some(identity) = identity else { return Err(drops::TOO_LONG) };
        // A form that is not remembered is resolved again with the next point.
        let _ = self.table.remember(key, identity);
        Ok(identity)
    }

    /// Takes in a source that is new, with what it needs beside its own entry: a row, which it may share.
    fn welcome(
        &mut self,
        stream: u32,
        plan: &StreamPlan,
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<(), Refusal> {
        let descriptions = &mut self.table.descriptions;
        let described = match &plan.shaped {
            Some(shaped) => descriptions.adopt(shaped),
            None => {
                descriptions.share(stream);
                stream
            }
        };
        let planned = Planned { described, plan };
        let row = self.row_of(stream, planned);
        let settled = self.settle(stream, row, planned, outside, now);
        let refused = settled.map_err(|reason| Refusal { reason, holds: self.holds(reason, planned) });
        // What the table has not taken over is given back.
        if refused.is_err() || row.number == stream {
            self.table.descriptions.release(row.number);
        }
        if let Some(seeds) = row.seeds.filter(|_| refused != Ok(Place::Made)) {
            self.table.release_seeds(seeds);
        }
        self.table.descriptions.release(described);
        refused.map(drop)
    }

    /// The row of a stream, with one use of its number and of its seeds. Streams whose state adds up have one together when
    /// they come out as one, if their cells begin alike. All others have their own, and meet where they are written, each
    /// with its latest value.
    fn row_of(&mut self, stream: u32, planned: Planned<'_>) -> Row {
        let table = &mut self.table;
        if planned.plan.adds_up
            && let Some(seeds) = table.take_seeds(&planned.plan.seed_bytes())
        {
            let number = planned.described;
            let (decisions, traits) = (planned.plan.decisions, planned.plan.traits);
            if !table.is_row(number) || table.entry(number).takes(decisions, traits, seeds) {
                table.descriptions.share(number);
                return Row { number, seeds: Some(seeds) };
            }
            table.release_seeds(seeds);
        }
        // Others, which come out as this stream was sent, may have a row of its number.
        if table.is_row(stream) {
            return Row { number: table.descriptions.take_alias(stream), seeds: None };
        }
        table.descriptions.share(stream);
        Row { number: stream, seeds: None }
    }

    /// How long a stream is refused for `reason`.
    fn holds(&mut self, reason: Reason, planned: Planned<'_>) -> Option<Holds> {
        if reason == drops::OUT_OF_MEMORY {
            return None;
        }
        let full = self.stages.iter().position(|stage| stage.limits().is_some_and(|limits| limits.reason == reason));
        // A row that another stream makes has room for this one, whatever the limit of the stage says.
        let waits = full.filter(|_| planned.plan.adds_up).map(|stage| {
            let row = self.rows_made.wait_for(self.table.descriptions.view(planned.described));
            Holds::Waits { stage: stage as u8, row }
        });
        Some(waits.unwrap_or(Holds::Stays(reason)))
    }

    /// Counts a stream against all limits and gives it its places, or leaves everything as it was.
    fn settle(
        &mut self,
        stream: u32,
        row: Row,
        planned: Planned<'_>,
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<Place, Reason> {
        // A source that has left its row takes its place among the host's streams for as long as it is known.
        let counted = self.table.is_retired(stream);
        if !counted && !is_so(outside, || self.host_limit.join()) {
            return Err(drops::HOST_LIMIT);
        }
        let settled = self.place(row, planned, outside).and_then(|place| {
            let inserted = self.table.insert(stream, row.number, now.monotonic_seconds());
            if inserted.is_err() && place == Place::Made {
                self.abandon(row.number, planned);
            }
            inserted.map(|()| place).map_err(|_| drops::OUT_OF_MEMORY)
        });
        if settled.is_err() && !counted {
            self.host_limit.leave();
        }
        settled
    }

    /// Makes a row, if it does not exist.
    fn place(&mut self, row: Row, planned: Planned<'_>, outside: &mut dyn Outside) -> Result<Place, Reason> {
        if self.table.is_row(row.number) {
            return Ok(Place::Joined);
        }
        let mut joined = 0;
        let counted = planned.plan.seeds.iter().try_for_each(|&(index, _)| {
            if let Some(limits) = self.stages[index].limits()
                && !is_so(outside, || limits.streams.join())
            {
                return Err(limits.reason);
            }
            joined += 1;
            Ok(())
        });
        if let Err(reason) = counted.and_then(|()| self.describe(row.number, planned)) {
            self.leave(&planned.plan.seeds[..joined]);
            return Err(reason);
        }
        if self.make(row, planned).is_err() {
            self.abandon(row.number, planned);
            return Err(drops::OUT_OF_MEMORY);
        }
        if row.seeds.is_some() {
            self.rows_made.add(self.table.descriptions.view(planned.described));
        }
        Ok(Place::Made)
    }

    /// Undoes all of [`Self::place`].
    fn abandon(&mut self, row: u32, planned: Planned<'_>) {
        self.outputs.iter_mut().for_each(|output| output.forget(row));
        for &(index, _) in &planned.plan.seeds {
            self.stages[index].evict(row);
        }
        self.leave(&planned.plan.seeds);
    }

    /// Takes a row out of the limits of the stages that hold its cells.
    fn leave(&self, cells: &[Seed]) {
        for &(index, _) in cells {
            if let Some(limits) = self.stages[index].limits() {
                limits.streams.leave();
            }
        }
    }

    /// Introduces a row to all exporters, or to none.
    fn describe(&mut self, row: u32, planned: Planned<'_>) -> Result<(), Reason> {
        let view = self.table.descriptions.view(planned.described).with_traits(planned.plan.traits);
        for index in 0..self.outputs.len() {
            let Some(labels) = planned.plan.labels.get(index) else { break };
            if let Err(reason) = self.outputs[index].describe(row, view, planned.plan.origin, labels) {
                self.outputs[..index].iter_mut().for_each(|output| output.forget(row));
                return Err(reason);
            }
        }
        Ok(())
    }

    /// Gives a row its cells and its entry.
    fn make(&mut self, row: Row, planned: Planned<'_>) -> io::Result<()> {
        for (index, seed) in &planned.plan.seeds {
            self.stages[*index].register(row.number, planned.plan.traits.kind, seed)?;
        }
        self.table.insert_row(row.number, planned.plan.decisions, planned.plan.traits, row.seeds)
    }

    /// Forgets streams that have been idle for too long, in a share of the table that corresponds to the time since the
    /// last sweep.
    pub fn sweep(&mut self, now: Moment) {
        let share = now.monotonic.saturating_sub(self.swept) as f64 / SWEEP_NS as f64;
        self.swept = now.monotonic;
        let Self { table, stages, outputs, host_limit, .. } = self;
        let idle: Vec<Option<u32>> = stages.iter().map(|stage| idle_seconds(stage.limits()?.max_idle)).collect();
        let swept = table.sweep(
            share,
            now.monotonic_seconds(),
            |row| patience(row, &idle),
            |left| match left {
                Left::Row(row, entry) => {
                    outputs.iter_mut().for_each(|output| output.forget(row));
                    for stage in processing(stages, entry) {
                        stage.evict(row);
                        if let Some(limits) = stage.limits() {
                            limits.streams.leave();
                        }
                    }
                }
                Left::Source => host_limit.leave(),
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
            + self.rows_made.memory()
            + self.stages.iter().map(|stage| stage.memory()).sum::<usize>()
            + self.outputs.iter().map(|output| output.memory()).sum::<usize>()
    }
}

/// The stages that process a row.
fn processing<'a>(stages: &'a mut [Box<dyn Stage>], entry: &Entry) -> impl Iterator<Item = &'a mut Box<dyn Stage>> {
    let decisions = entry.decisions;
    stages.iter_mut().enumerate().filter(move |(index, _)| decisions & 1 << index != 0).map(|(_, stage)| stage)
}

/// How long sources of a row may be idle, seconds: as long as the most impatient of the stages that process it allows.
fn patience(entry: &Entry, idle: &[Option<u32>]) -> u32 {
    let processing = idle.iter().enumerate().filter(|(index, _)| entry.decisions & 1 << index != 0);
    processing.filter_map(|(_, idle)| *idle).min().unwrap_or(IDLE_SECONDS)
}

fn idle_seconds(max_idle: Option<u64>) -> Option<u32> {
    max_idle.map(|idle| u32::try_from(idle / SECOND).unwrap_or(u32::MAX))
}
