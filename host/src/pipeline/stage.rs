//! A guest at work in one shard: its instance, its decisions about streams, and the cells that it is given.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::batch::{Batch, clear_columns, empty_columns};
use super::description::describe;
use super::drops::Reason;
use super::shard::FUTURE_NS;
use crate::clock::Clock;
use crate::guest::check::{self, Call};
use crate::guest::limits::NAMES;
use crate::guest::numbers::{Points, Revision};
use crate::guest::{ConfigureError, GuestError, Instance, Module, Needs, Verdict};
use crate::otlp::points::Kind;
use crate::stream::cells::Cells;
use crate::stream::describe::{MetricTraits, View};

/// Decisions that are remembered by what the guest reads of a description; beyond it the oldest are asked for again.
const DECISIONS: usize = 16 << 10;

/// What all shards share of a processor.
#[derive(Debug, Clone)]
pub struct Processor {
    /// The id as configured.
    pub id: Arc<str>,
    /// The code.
    pub module: Module,
    /// The settings as JSON text.
    pub settings: Arc<str>,
    /// What it asked for.
    pub needs: Arc<Needs>,
    /// Streams with state, over all shards.
    pub population: Arc<Population>,
    /// What happened to it.
    pub health: Arc<Health>,
    /// The reason for a stream beyond `max_streams`; the guest's own reasons follow it.
    pub limit_reason: Reason,
}

/// A count of streams with a bound. New streams touch it, points do not.
#[derive(Debug, Default)]
pub struct Population {
    count: AtomicU64,
    limit: Option<u64>,
}

/// Counters of a processor.
#[derive(Debug, Default)]
pub struct Health {
    /// Calls that came to nothing.
    pub failures: AtomicU64,
    /// Instances made in place of ones that failed or were worn out.
    pub restarts: AtomicU64,
    /// Points that went through it.
    pub points: AtomicU64,
    /// Points that it set too far in the future.
    pub future: AtomicU64,
    /// Log lines beyond the rate.
    pub lost_log_lines: AtomicU64,
    /// What it counts itself, by the counters that it announced.
    pub events: Events,
}

/// Counters of a guest's own; the ones behind those that it announced stay 0.
#[derive(Debug)]
pub struct Events([AtomicU64; NAMES]);

impl Default for Events {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; NAMES])
    }
}

impl Events {
    fn add(&self, counted: &[u64]) {
        for (total, &by) in self.0.iter().zip(counted) {
            if by != 0 {
                total.fetch_add(by, Ordering::Relaxed);
            }
        }
    }

    /// Each counter's value.
    pub fn read(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|total| total.load(Ordering::Relaxed))
    }
}

impl Population {
    /// A population of at most `limit`.
    #[must_use]
    pub fn new(limit: Option<u64>) -> Self {
        Self { count: AtomicU64::new(0), limit }
    }

    /// Takes one more in; says whether there was room.
    pub fn join(&self) -> bool {
        self.count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                self.limit.is_none_or(|limit| count < limit).then_some(count + 1)
            })
            .is_ok()
    }

    /// Whether there is room for one more.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.limit.is_none_or(|limit| self.count.load(Ordering::Relaxed) < limit)
    }

    /// One has gone.
    pub fn leave(&self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// The bound.
    #[must_use]
    pub fn limit(&self) -> Option<u64> {
        self.limit
    }
}

/// What a guest decided about a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// It goes by.
    Pass,
    /// Its points are dropped.
    Drop(Reason),
    /// The guest processes it.
    Process {
        /// What comes out.
        traits: MetricTraits,
        /// First words of a fresh cell.
        seed: Arc<[u64]>,
    },
}

/// A processor in one shard.
#[derive(Debug)]
pub struct Stage {
    processor: Processor,
    clock: Clock,
    /// None after a failure, until the next call.
    instance: Option<Instance>,
    cells: Cells,
    decisions: HashMap<Box<[u8]>, Decision>,
    /// New cells of the call in hand, and whose they are.
    pending: Vec<u64>,
    pending_rows: Vec<u32>,
    /// Cells as they were, and the columns of a call that leaves points out.
    gathered: Vec<u64>,
    selection: Selection,
}

/// The points of a batch that a stage processes, if those are not all.
#[derive(Debug)]
struct Selection {
    columns: Points,
    /// Index in the batch of each point.
    points: Vec<u32>,
    rows: Vec<u32>,
    /// Number of each of the batch's rows in this selection, or [`UNSELECTED`].
    numbers: Vec<u32>,
}

const UNSELECTED: u32 = u32::MAX;

impl Processor {
    /// The processor's part in one shard.
    #[must_use]
    pub fn stage(&self, clock: &Clock) -> Stage {
        Stage {
            clock: clock.clone(),
            instance: None,
            cells: Cells::new(self.needs.number_words as usize),
            decisions: HashMap::new(),
            pending: Vec::new(),
            pending_rows: Vec::new(),
            gathered: Vec::new(),
            selection: Selection {
                columns: empty_columns(),
                points: Vec::new(),
                rows: Vec::new(),
                numbers: Vec::new(),
            },
            processor: self.clone(),
        }
    }
}

impl Stage {
    /// What all shards share of it.
    #[must_use]
    pub fn processor(&self) -> &Processor {
        &self.processor
    }

    /// What becomes of a stream. A guest that reads no part of the description is asked once for all streams that agree in
    /// the rest.
    ///
    /// # Errors
    /// What the guest did, twice.
    pub fn decide(&mut self, view: View<'_>) -> Result<Decision, GuestError> {
        let traits = view.traits();
        if !self.processor.needs.kinds.contains(&u32::from(traits.kind as u8)) {
            return Ok(Decision::Pass);
        }
        let known = self.processor.needs.reads.is_empty().then(|| fingerprint(view));
        if let Some(decision) = known.as_deref().and_then(|known| self.decisions.get(known)) {
            return Ok(decision.clone());
        }
        let stream = describe(view, &self.processor.needs.reads);
        let verdict = self.with_retry(|instance, processor| {
            let verdicts = instance.shape(std::slice::from_ref(&stream))?;
            let verdict = verdicts.into_iter().next().unwrap_or(Verdict::Pass);
            let needs = &processor.needs;
            let numbers = instance.processes_numbers();
            check::verdict(&verdict, needs.number_words as usize, needs.drop_reasons.len(), numbers)?;
            Ok(verdict)
        })?;
        self.take_counts();
        let decision = self.read(verdict, traits);
        if let Some(known) = known {
            if self.decisions.len() >= DECISIONS {
                self.decisions.clear();
            }
            self.decisions.insert(known, decision.clone());
        }
        Ok(decision)
    }

    fn read(&self, verdict: Verdict, traits: MetricTraits) -> Decision {
        match verdict {
            Verdict::Pass => Decision::Pass,
            Verdict::Drop(reason) => Decision::Drop(self.reason(reason)),
            Verdict::Process(plan) => {
                let traits = plan.outputs.first().map_or(traits, |output| MetricTraits {
                    kind: if output.kind == u32::from(Kind::Gauge as u8) { Kind::Gauge } else { Kind::Sum },
                    temporality: u8::try_from(output.temporality).unwrap_or(0),
                    monotonic: output.monotonic,
                });
                Decision::Process { traits, seed: plan.seed.into() }
            }
        }
    }

    /// A drop reason of the guest among those of the pipeline.
    fn reason(&self, reason: u32) -> Reason {
        Reason(self.processor.limit_reason.0 + 1 + u16::try_from(reason).unwrap_or(0))
    }

    /// Gives a row a fresh cell.
    ///
    /// # Errors
    /// If the system has no memory left.
    pub fn welcome(&mut self, row: u32, seed: &[u64]) -> io::Result<()> {
        self.cells.reset(row, seed)
    }

    /// Processes the points of `batch` whose rows it `processes`. The batch is changed; state is not, until
    /// [`Self::commit`]. `dropped` is called with each point that the guest drops.
    ///
    /// # Errors
    /// What the guest did, twice; the batch is then as it was.
    pub fn process(
        &mut self,
        batch: &mut Batch,
        now: u64,
        processes: impl Fn(u32) -> bool,
        mut dropped: impl FnMut(usize, Reason),
    ) -> Result<(), GuestError> {
        let whole = batch.alive.iter().all(|alive| *alive) && batch.rows.iter().all(|&row| processes(row));
        self.pending_rows.clear();
        self.pending.clear();
        // Those of a call whose batch came to nothing in a later stage.
        if let Some(instance) = &mut self.instance {
            instance.forget_counts();
        }
        if !whole {
            self.selection.choose(batch, processes);
            if self.selection.points.is_empty() {
                return Ok(());
            }
        }
        let rows = if whole { &batch.rows } else { &self.selection.rows };
        self.gathered.clear();
        self.cells.gather(rows, &mut self.gathered);
        let gathered = std::mem::take(&mut self.gathered);
        let selected = std::mem::replace(&mut self.selection.columns, empty_columns());
        let columns = if whole { &batch.columns } else { &selected };
        let call = Call {
            points: columns.rows.len(),
            rows: rows.len(),
            words: self.cells.words(),
            reasons: self.processor.needs.drop_reasons.len(),
        };
        let answer = self.with_retry(|instance, _| {
            let answer = instance.process_numbers(columns, &gathered, now)?;
            Ok(check::numbers(answer, call)?)
        });
        self.gathered = gathered;
        self.selection.columns = selected;
        let mut revision = answer?;
        self.processor.health.points.fetch_add(call.points as u64, Ordering::Relaxed);
        let future = check::limit_times(&mut revision.times, now + FUTURE_NS);
        if future > 0 {
            self.processor.health.future.fetch_add(future, Ordering::Relaxed);
        }
        self.pending_rows.extend_from_slice(if whole { &batch.rows } else { &self.selection.rows });
        std::mem::swap(&mut self.pending, &mut revision.cells);

        let mut reasons = revision.reasons.iter();
        for (word, &bits) in revision.dropped.iter().enumerate() {
            let mut bits = bits;
            while bits != 0 {
                let point = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let point = if whole { point } else { self.selection.points[point] as usize };
                batch.alive[point] = false;
                dropped(point, self.reason(reasons.next().copied().unwrap_or(0)));
            }
        }
        if whole {
            replace(&mut batch.columns, revision)
        } else {
            self.selection.put_back(batch, &revision)
        }
        Ok(())
    }

    /// Makes the state changes of the last [`Self::process`] real.
    pub fn commit(&mut self) {
        // No cells means that none has changed.
        if !self.pending.is_empty() {
            self.cells.scatter(&self.pending_rows, &self.pending);
        }
        self.take_counts();
    }

    /// Makes real what the guest counted in its last call.
    fn take_counts(&mut self) {
        if let Some(instance) = &mut self.instance {
            self.processor.health.events.add(instance.counted());
            instance.forget_counts();
        }
    }

    /// Calls the guest; if that fails, once more on a fresh instance. State is the host's, so that nothing is lost.
    fn with_retry<T>(
        &mut self,
        call: impl Fn(&mut Instance, &Processor) -> Result<T, GuestError>,
    ) -> Result<T, GuestError> {
        let mut tried = false;
        loop {
            let mut instance = match self.instance.take() {
                Some(instance) if !instance.is_worn_out() => instance,
                worn_out => {
                    if worn_out.is_some() || tried {
                        self.processor.health.restarts.fetch_add(1, Ordering::Relaxed);
                    }
                    self.instantiate()?
                }
            };
            let result = call(&mut instance, &self.processor);
            self.processor.health.lost_log_lines.fetch_add(instance.take_lost_lines(), Ordering::Relaxed);
            match result {
                Ok(answer) => {
                    self.instance = Some(instance);
                    return Ok(answer);
                }
                Err(error) => {
                    self.processor.health.failures.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(processor = &*self.processor.id, %error, retried = tried, "a guest's call failed");
                    if tried || !error.may_retry() {
                        return Err(error);
                    }
                    tried = true;
                }
            }
        }
    }

    fn instantiate(&self) -> Result<Instance, GuestError> {
        let Processor { id, module, settings, .. } = &self.processor;
        match module.instantiate(id, settings, &self.clock) {
            Ok((instance, _)) => Ok(instance),
            Err(ConfigureError::Guest(error)) => Err(error),
            // It took the same settings when the pipeline was built.
            Err(ConfigureError::Problems(_)) => {
                Err(GuestError::Trap("the guest no longer accepts its settings".into()))
            }
        }
    }

    /// Bytes of cells, and of the instance's linear memory.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.cells.memory() + self.instance.as_ref().map_or(0, Instance::memory)
    }
}

/// Columns that the guest left empty stay as they were sent.
fn replace(columns: &mut Points, revision: Revision) {
    let Revision { kinds, flags, starts, times, values, .. } = revision;
    take_column(&mut columns.kinds, kinds);
    take_column(&mut columns.flags, flags);
    take_column(&mut columns.starts, starts);
    take_column(&mut columns.times, times);
    take_column(&mut columns.values, values);
}

fn take_column<T>(column: &mut Vec<T>, new: Vec<T>) {
    if !new.is_empty() {
        *column = new;
    }
}

impl Selection {
    fn choose(&mut self, batch: &Batch, processes: impl Fn(u32) -> bool) {
        clear_columns(&mut self.columns);
        self.points.clear();
        self.rows.clear();
        self.numbers.clear();
        self.numbers.resize(batch.rows.len(), UNSELECTED);
        let from = &batch.columns;
        for point in (0..batch.len()).filter(|&point| batch.alive[point]) {
            let row = from.rows[point] as usize;
            if !processes(batch.rows[row]) {
                continue;
            }
            if self.numbers[row] == UNSELECTED {
                self.numbers[row] = self.rows.len() as u32;
                self.rows.push(batch.rows[row]);
            }
            self.points.push(point as u32);
            self.columns.rows.push(self.numbers[row]);
            self.columns.kinds.push(from.kinds[point]);
            self.columns.starts.push(from.starts[point]);
            self.columns.times.push(from.times[point]);
            self.columns.values.push(from.values[point]);
            if !from.flags.is_empty() {
                self.columns.flags.push(from.flags[point]);
            }
        }
    }

    fn put_back(&self, batch: &mut Batch, revision: &Revision) {
        let to = &mut batch.columns;
        put_back(&mut to.kinds, &self.points, &revision.kinds);
        put_back(&mut to.starts, &self.points, &revision.starts);
        put_back(&mut to.times, &self.points, &revision.times);
        put_back(&mut to.values, &self.points, &revision.values);
        if !revision.flags.is_empty() {
            to.flags.resize(batch.alive.len(), 0);
            put_back(&mut to.flags, &self.points, &revision.flags);
        }
    }
}

fn put_back<T: Copy>(column: &mut [T], points: &[u32], new: &[T]) {
    for (&point, &value) in points.iter().zip(new) {
        column[point as usize] = value;
    }
}

/// Everything that a guest sees of a stream when it reads no part of the description: the key of a decision.
fn fingerprint(view: View<'_>) -> Box<[u8]> {
    let traits = view.traits();
    let mut bytes = vec![traits.kind as u8, traits.temporality, u8::from(traits.monotonic)];
    bytes.extend_from_slice(&(view.name().len() as u32).to_le_bytes());
    bytes.extend_from_slice(view.name().as_bytes());
    bytes.extend_from_slice(view.unit().as_bytes());
    bytes.into()
}
