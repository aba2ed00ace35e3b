//! The streams of a shard: who comes in, and who has to go.
//!
//! A stream that nobody has seen is checked, decided about by the stages, described to the exporters and counted against
//! every limit, in that order; it is taken in by all of them or by none. One that has been idle for too long is forgotten
//! by all of them.

use std::io;
use std::sync::Arc;

use super::admission::{self, Admission, Seed};
use super::drops::{self, Reason};
use super::output::Output;
use super::population::Population;
use super::refusal::{Holds, Refusal, RowsMade};
use super::shard::{Failed, Request};
use super::stage::{Stage, StageError};
use clock::Moment;
use model::MetricTraits;
use model::{CUMULATIVE, Kind};
use otlp::points::Point;
use otlp::wire::Malformed;
use streams::describe::{Context, Written};
use streams::refused::Refused;
use streams::table::{Entry, Left, Table};

/// A stream is forgotten after so long without a point where no processor that holds state of it asks for another time.
/// It is the Collector's default for `max_stale`, and the time after which Prometheus takes a series for gone. Seconds.
pub const IDLE_SECONDS: u32 = 5 * 60;

/// The table is swept once in this time, bit by bit. Nanoseconds.
const SWEEP_NS: u64 = 60 * NANOSECONDS;

const NANOSECONDS: u64 = 1_000_000_000;

/// The streams of a shard, and all that keeps something of each.
pub struct Streams {
    /// Their entries.
    pub table: Table,
    /// The stages, which keep cells.
    pub stages: Vec<Box<dyn Stage>>,
    /// The exporters' parts, which keep labels.
    pub outputs: Vec<Box<dyn Output>>,
    host_population: Arc<Population>,
    refused: Refused,
    rows_made: RowsMade,
    /// Points of a request that the memo does not know.
    unknown: Vec<u32>,
    /// When the table was last swept, nanoseconds by the clock that nobody sets.
    swept: u64,
}

/// A row that a stream is to have.
#[derive(Debug, Clone, Copy)]
struct Row {
    number: u32,
    /// The number of what its cells begin with, if it may have several sources.
    seeds: Option<u32>,
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
        host_population: Arc<Population>,
        forms: usize,
        refusals: usize,
        now: Moment,
    ) -> Self {
        Self {
            table: Table::new(forms),
            stages,
            outputs,
            host_population,
            refused: Refused::new(refusals),
            rows_made: RowsMade::default(),
            unknown: Vec::new(),
            swept: now.monotonic,
        }
    }

    /// Finds the source stream of each point, or a reason why it has none. The memo knows nearly all; the others are
    /// checked, all of them, before the first is taken in.
    ///
    /// # Errors
    /// [`Failed`]; no point of the request may be processed.
    pub fn resolve(
        &mut self,
        points: &[Point],
        request: &Request,
        streams: &mut Vec<Result<u32, Reason>>,
        now: Moment,
    ) -> Result<(), Failed> {
        let mut unknown = std::mem::take(&mut self.unknown);
        unknown.clear();
        streams.clear();
        for (index, point) in points.iter().enumerate() {
            if let Some(later) = points.get(index + Table::AHEAD) {
                self.table.prefetch_key(later.key);
            }
            match self.table.find(point.key) {
                Some(stream) => streams.push(Ok(stream)),
                None => match self.refusal(point.key) {
                    Some(reason) => streams.push(Err(reason)),
                    None => {
                        unknown.push(index as u32);
                        streams.push(Err(drops::OUT_OF_MEMORY));
                    }
                },
            }
        }
        let result = if unknown.is_empty() { Ok(()) } else { self.take_all(&unknown, points, request, streams, now) };
        self.unknown = unknown;
        result
    }

    /// Points of the last request that [`Self::resolve`] looked up by their descriptions.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.unknown.len()
    }

    /// Why the stream of `key` is refused, if it was, and nothing has happened that could change that.
    fn refusal(&self, key: u128) -> Option<Reason> {
        match Holds::of_note(self.refused.get(key)?) {
            Holds::Stays(reason) => Some(reason).filter(|&reason| !self.has_room_again(reason)),
            Holds::Waits { stage, row } => {
                let limits = self.stages.get(usize::from(stage))?.limits();
                let waits = !limits.streams.has_room() && !self.rows_made.since(row);
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
    fn has_room_again(&self, reason: Reason) -> bool {
        let full = |population: &Population| !population.has_room();
        if reason == drops::HOST_LIMIT {
            return !full(&self.host_population);
        }
        let limiting = self.stages.iter().map(|stage| stage.limits()).find(|limits| limits.reason == reason);
        limiting.is_some_and(|limits| !full(&limits.streams))
    }

    #[cold]
    fn take_all(
        &mut self,
        unknown: &[u32],
        points: &[Point],
        request: &Request,
        streams: &mut [Result<u32, Reason>],
        now: Moment,
    ) -> Result<(), Failed> {
        let mut identities = Vec::with_capacity(unknown.len());
        let mut context = Context::default();
        let identified = unknown.iter().try_for_each(|&index| -> Result<(), Malformed> {
            let written = Written::of(&points[index as usize], &request.places, &request.bytes);
            let identity = self.table.descriptions.identify(&written, &mut context)?;
            identities.push((identity, written.traits));
            Ok(())
        });
        self.table.descriptions.release_context(context);
        if let Err(malformed) = identified {
            identities.into_iter().for_each(|(identity, _)| self.release(identity));
            return Err(Failed::Malformed(malformed));
        }
        let mut identities = unknown.iter().zip(identities);
        let mut failed = None;
        for (&index, (identity, traits)) in identities.by_ref() {
            let index = index as usize;
            let key = points[index].key;
            let Some(identity) = identity else {
                self.refuse(key, Refusal::stays(drops::TOO_LONG));
                streams[index] = Err(drops::TOO_LONG);
                continue;
            };
            // An earlier point of the same request may have been refused.
            if let Some(reason) = self.refusal(key) {
                self.table.descriptions.release(identity);
                streams[index] = Err(reason);
                continue;
            }
            match self.take_in(key, identity, traits, now) {
                Ok(stream) => streams[index] = stream,
                Err(error) => {
                    failed = Some(Failed::Guest { why: error.to_string(), may_retry: error.may_retry });
                    break;
                }
            }
        }
        // Uses that were taken for points that are not reached.
        identities.for_each(|(_, (identity, _))| self.release(identity));
        failed.map_or(Ok(()), Err)
    }

    fn release(&mut self, identity: Option<u32>) {
        if let Some(identity) = identity {
            self.table.descriptions.release(identity);
        }
    }

    /// Takes one use of `identity`, or gives it back.
    fn take_in(
        &mut self,
        key: u128,
        identity: u32,
        traits: MetricTraits,
        now: Moment,
    ) -> Result<Result<u32, Reason>, StageError> {
        if self.table.is_alive(identity) {
            // Another byte form of a stream that is known, or an earlier point of the same request.
            self.table.descriptions.release(identity);
        } else {
            let welcomed = self.welcome(identity, traits, now);
            if !matches!(welcomed, Ok(Ok(()))) {
                self.table.descriptions.release(identity);
            }
            if let Err(refusal) = welcomed? {
                self.refuse(key, refusal);
                return Ok(Err(refusal.reason));
            }
        }
        // A form that is not remembered is resolved again with the next point.
        let _ = self.table.remember(key, identity);
        Ok(Ok(identity))
    }

    /// Takes in a source that is new, with what it needs beside its own entry: a row, which it may share.
    fn welcome(&mut self, stream: u32, sent: MetricTraits, now: Moment) -> Result<Result<(), Refusal>, StageError> {
        let Self { table, stages, .. } = self;
        let admission = match admission::admit(&mut table.descriptions, stages, stream, sent)? {
            Ok(admission) => admission,
            Err(reason) => return Ok(Err(Refusal::stays(reason))),
        };
        let row = self.row_of(stream, &admission);
        let settled = self.check(&admission).and_then(|()| self.settle(stream, row, &admission, now));
        let refused = settled.map_err(|reason| Refusal { reason, holds: self.holds(reason, &admission) });
        // What the table has not taken over is given back.
        if refused.is_err() || row.number == stream {
            self.table.descriptions.release(row.number);
        }
        if let Some(seeds) = row.seeds.filter(|_| refused != Ok(Place::Made)) {
            self.table.release_seeds(seeds);
        }
        self.table.descriptions.release(admission.described);
        Ok(refused.map(drop))
    }

    /// The row of a stream, with one use of its number and of its seeds. Streams whose state adds up have one together when
    /// they come out as one, if their cells begin alike. All others have their own, and meet where they are written, each
    /// with its latest value.
    fn row_of(&mut self, stream: u32, admission: &Admission) -> Row {
        let table = &mut self.table;
        if admission.adds_up
            && let Some(seeds) = table.take_seeds(&admission.seed_bytes())
        {
            let number = admission.described;
            let (decisions, traits) = (admission.decisions, admission.traits);
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
    fn holds(&mut self, reason: Reason, admission: &Admission) -> Option<Holds> {
        if reason == drops::OUT_OF_MEMORY {
            return None;
        }
        let full = self.stages.iter().position(|stage| stage.limits().reason == reason);
        // A row that another stream makes has room for this one, whatever the limit of the stage says.
        let waits = full.filter(|_| admission.adds_up).map(|stage| {
            let row = self.rows_made.wait_for(self.table.descriptions.view(admission.described));
            Holds::Waits { stage: stage as u8, row }
        });
        Some(waits.unwrap_or(Holds::Stays(reason)))
    }

    /// Whether the exporters can write what comes out.
    fn check(&self, admission: &Admission) -> Result<(), Reason> {
        let traits = admission.traits;
        let accumulates = matches!(traits.kind, Kind::Sum | Kind::Histogram | Kind::ExponentialHistogram);
        let takes_deltas = self.outputs.iter().all(|output| output.takes_deltas());
        if accumulates && traits.temporality != CUMULATIVE && !takes_deltas { Err(drops::DELTA) } else { Ok(()) }
    }

    /// Counts a stream against all limits and gives it its places, or leaves everything as it was.
    fn settle(&mut self, stream: u32, row: Row, admission: &Admission, now: Moment) -> Result<Place, Reason> {
        // A source that has left its row takes its place among the host's streams for as long as it is known.
        let counted = self.table.is_retired(stream);
        if !counted && !self.host_population.join() {
            return Err(drops::HOST_LIMIT);
        }
        let settled = self.place(row, admission).and_then(|place| {
            let inserted = self.table.insert(stream, row.number, now.monotonic_seconds());
            if inserted.is_err() && place == Place::Made {
                self.abandon(row.number, admission);
            }
            inserted.map(|()| place).map_err(|_| drops::OUT_OF_MEMORY)
        });
        if settled.is_err() && !counted {
            self.host_population.leave();
        }
        settled
    }

    /// Makes a row, if it does not exist.
    fn place(&mut self, row: Row, admission: &Admission) -> Result<Place, Reason> {
        if self.table.is_row(row.number) {
            return Ok(Place::Joined);
        }
        let mut joined = 0;
        let counted = admission.seeds.iter().try_for_each(|&(index, _)| {
            let limits = self.stages[index].limits();
            let room = limits.streams.join();
            joined += usize::from(room);
            if room { Ok(()) } else { Err(limits.reason) }
        });
        if let Err(reason) = counted.and_then(|()| self.describe(row.number, admission)) {
            self.leave(&admission.seeds[..joined]);
            return Err(reason);
        }
        if self.make(row, admission).is_err() {
            self.abandon(row.number, admission);
            return Err(drops::OUT_OF_MEMORY);
        }
        if row.seeds.is_some() {
            self.rows_made.add(self.table.descriptions.view(admission.described));
        }
        Ok(Place::Made)
    }

    /// Undoes all of [`Self::place`].
    fn abandon(&mut self, row: u32, admission: &Admission) {
        self.outputs.iter_mut().for_each(|output| output.forget(row));
        for &(index, _) in &admission.seeds {
            self.stages[index].evict(row);
        }
        self.leave(&admission.seeds);
    }

    /// Takes a row out of the populations of the stages that hold its cells.
    fn leave(&self, cells: &[Seed]) {
        for &(index, _) in cells {
            self.stages[index].limits().streams.leave();
        }
    }

    /// Introduces a row to all exporters, or to none.
    fn describe(&mut self, row: u32, admission: &Admission) -> Result<(), Reason> {
        let view = self.table.descriptions.view(admission.described).with_traits(admission.traits);
        for index in 0..self.outputs.len() {
            if let Err(reason) = self.outputs[index].describe(row, view, admission.origin) {
                self.outputs[..index].iter_mut().for_each(|output| output.forget(row));
                return Err(reason);
            }
        }
        Ok(())
    }

    /// Gives a row its cells and its entry.
    fn make(&mut self, row: Row, admission: &Admission) -> io::Result<()> {
        for (index, seed) in &admission.seeds {
            self.stages[*index].register(row.number, admission.traits.kind, seed)?;
        }
        self.table.insert_row(row.number, admission.decisions, admission.traits, row.seeds)
    }

    /// Forgets streams that have been idle for too long, in a share of the table that corresponds to the time since the
    /// last sweep.
    pub fn sweep(&mut self, now: Moment) {
        let share = now.monotonic.saturating_sub(self.swept) as f64 / SWEEP_NS as f64;
        self.swept = now.monotonic;
        let Self { table, stages, outputs, host_population, .. } = self;
        let idle: Vec<Option<u32>> = stages.iter().map(|stage| idle_seconds(stage.limits().max_idle)).collect();
        let swept = table.sweep(
            share,
            now.monotonic_seconds(),
            |row| patience(row, &idle),
            |left| match left {
                Left::Row(row, entry) => {
                    outputs.iter_mut().for_each(|output| output.forget(row));
                    for stage in processing(stages, entry) {
                        stage.evict(row);
                        stage.limits().streams.leave();
                    }
                }
                Left::Source => host_population.leave(),
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
    max_idle.map(|idle| u32::try_from(idle / NANOSECONDS).unwrap_or(u32::MAX))
}
