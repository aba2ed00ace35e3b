//! An instance of a guest: one store, called by one thread. After an error it is used up, for a trap leaves it in a
//! state that no call may enter again; whoever owns it drops it and makes another.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::{ResourceLimiter, Store, Trap};

use clock::UnixNanos;
use model::columns::{ExponentialHistograms, Histograms, NumberRevision, Numbers, Revision, VariableCells};
use model::{Needs, Output, Plan, Problem, StreamDescription, Verdict};

use super::check::{self, Abilities};
use super::error::{Answer, ConfigureError, Declined, GuestError};
use super::interface::Calls;
use super::limits::{EPOCH_STEP, HANDLES, INSTANCES, LINE_BYTES, Limits, MEMORIES, TABLES, WORN_OUT_PERCENT};
use super::log::{GuestLog, printable};
use super::module::Module;

/// A guest that has been configured.
pub struct Instance {
    store: Store<State>,
    guest: Box<dyn Calls>,
    abilities: Abilities,
    limits: Limits,
    calls: u64,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Instance").field("calls", &self.calls).finish_non_exhaustive()
    }
}

/// What the host keeps beside an instance while it runs.
pub(crate) struct State {
    log: Arc<GuestLog>,
    limits: Limits,
    memory: usize,
    table_elements: usize,
    host_calls: u32,
    /// What the guest counted in the call in hand, by the counters that `configure` announced.
    counts: Vec<u64>,
    /// The time that the call in hand is told.
    now: UnixNanos,
    /// What it has printed of a line that has not ended, and the level of that line.
    printed: (u32, Vec<u8>),
}

impl Module {
    /// Makes an instance and configures it with `settings` (JSON text).
    ///
    /// # Errors
    /// [`ConfigureError::Problems`] if the settings are wrong, else what the guest did.
    pub fn instantiate(&self, log: &Arc<GuestLog>, settings: &str) -> Result<(Instance, Needs), ConfigureError> {
        let limits = self.limits;
        let state = State {
            log: Arc::clone(log),
            limits,
            memory: 0,
            table_elements: 0,
            host_calls: 0,
            counts: Vec::new(),
            now: UnixNanos(0),
            printed: (0, Vec::new()),
        };
        let mut store = Store::new(&self.engine.wasmtime, state);
        store.limiter(|state| state);
        store.set_hostcall_fuel(limits.lifted);
        store.set_max_component_handles(HANDLES);
        set_deadline(&mut store, limits.configure);
        let trap = |error| trapped(&error, limits.configure);
        let instance = self.pre.instantiate(&mut store).map_err(trap)?;
        let guest = self.exports.bind(&mut store, &instance).map_err(trap)?;
        let answer = guest.configure(&mut store, settings);
        store.data_mut().end_line();
        let needs =
            answer.map_err(trap)?.map_err(|problems| ConfigureError::Problems(problems.iter().map(clean).collect()))?;
        store.data_mut().counts = vec![0; needs.counters.len()];
        let abilities = self.exports.abilities();
        check::needs(&needs, abilities).map_err(GuestError::from)?;
        Ok((Instance { store, guest, abilities, limits, calls: 0 }, needs))
    }
}

fn clean(problem: &Problem) -> Problem {
    Problem { path: printable(&problem.path), message: printable(&problem.message) }
}

impl Instance {
    /// What the guest can do.
    #[must_use]
    pub fn abilities(&self) -> Abilities {
        self.abilities
    }

    /// What becomes of each stream; as many verdicts as streams, each to be checked by [`check::verdict`]. A guest that
    /// does not decide processes all of them and leaves their descriptions as they are.
    ///
    /// # Errors
    /// What the guest did; the instance is then used up.
    pub fn shape(&mut self, streams: &[StreamDescription]) -> Result<Vec<Verdict>, GuestError> {
        if !self.abilities.shapes {
            return Ok(streams.iter().map(as_it_is).collect());
        }
        let verdicts = self.call(UnixNanos(0), |guest, store| guest.shape(store, streams))?;
        check::verdict_count(&verdicts, streams.len())?;
        Ok(verdicts)
    }

    /// Processes numbers. `cells` holds the cell of each row. The answer is as the guest gave it: see [`check::numbers`].
    ///
    /// # Errors
    /// What the guest did; the instance is then used up.
    pub fn process_numbers(
        &mut self,
        points: &mut Numbers,
        cells: &[u64],
        now: UnixNanos,
    ) -> Result<NumberRevision, GuestError> {
        self.call(now, |guest, store| guest.numbers(store, points, cells, now))
    }

    /// Processes histograms with explicit bounds; the rest as for numbers. See [`check::explicit`].
    ///
    /// # Errors
    /// What the guest did; the instance is then used up.
    pub fn process_histograms(
        &mut self,
        points: &mut Histograms,
        cells: &mut VariableCells,
        now: UnixNanos,
    ) -> Result<Revision<Histograms>, GuestError> {
        self.call(now, |guest, store| guest.histograms(store, points, cells, now))
    }

    /// Processes exponential histograms; the rest as for numbers. See [`check::exponential`].
    ///
    /// # Errors
    /// What the guest did; the instance is then used up.
    pub fn process_exponential_histograms(
        &mut self,
        points: &mut ExponentialHistograms,
        cells: &mut VariableCells,
        now: UnixNanos,
    ) -> Result<Revision<ExponentialHistograms>, GuestError> {
        self.call(now, |guest, store| guest.exponential(store, points, cells, now))
    }

    fn call<T>(
        &mut self,
        now: UnixNanos,
        call: impl FnOnce(&dyn Calls, &mut Store<State>) -> Answer<T>,
    ) -> Result<T, GuestError> {
        let limit = self.limits.call;
        begin(&mut self.store, limit, now);
        self.calls += 1;
        let answer = call(&*self.guest, &mut self.store);
        self.store.data_mut().end_line();
        answer.map_err(|error| trapped(&error, limit))?.map_err(declined)
    }

    /// What the guest counted in its last call, by the counters that it announced.
    #[must_use]
    pub fn counted(&self) -> &[u64] {
        &self.store.data().counts
    }

    /// Forgets what the guest counted.
    pub fn forget_counts(&mut self) {
        self.store.data_mut().counts.fill(0);
    }

    /// Whether a fresh instance should take over at the next batch boundary: much memory, or many calls.
    #[must_use]
    pub fn is_worn_out(&self) -> bool {
        self.calls >= self.limits.calls || self.memory() > self.limits.memory / 100 * WORN_OUT_PERCENT
    }

    /// Bytes of linear memory.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.store.data().memory
    }
}

/// Processing that leaves a stream what it is.
fn as_it_is(stream: &StreamDescription) -> Verdict {
    let StreamDescription { kind, temporality, monotonic, .. } = *stream;
    let output = Output { description: None, kind, temporality, monotonic };
    Verdict::Process(Plan { outputs: vec![output], seed: Vec::new() })
}

fn declined(declined: Declined) -> GuestError {
    match declined {
        Declined::Failed { code, message, retryable } => {
            GuestError::Failed { code, message: printable(&message), retryable }
        }
        Declined::Invalid(violation) => GuestError::Invalid(violation),
    }
}

fn begin(store: &mut Store<State>, limit: Duration, now: UnixNanos) {
    let state = store.data_mut();
    state.host_calls = 0;
    state.counts.fill(0);
    state.now = now;
    set_deadline(store, limit);
}

fn set_deadline(store: &mut Store<State>, limit: Duration) {
    // One step more, as the current one has already begun.
    let steps = limit.as_micros().div_ceil(EPOCH_STEP.as_micros()) + 1;
    store.set_epoch_deadline(u64::try_from(steps).unwrap_or(u64::MAX));
}

fn trapped(error: &wasmtime::Error, limit: Duration) -> GuestError {
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => GuestError::Deadline(limit),
        Some(trap) => GuestError::Trap(trap.to_string()),
        None => GuestError::Trap(printable(&format!("{:#}", error.root_cause()))),
    }
}

impl State {
    fn charge_call(&mut self) -> wasmtime::Result<()> {
        self.host_calls += 1;
        if self.host_calls > self.limits.host_calls {
            wasmtime::bail!("more than {} calls of the host during one call", self.limits.host_calls);
        }
        Ok(())
    }

    /// Writes a log line of the guest, within its rate.
    pub(crate) fn write_log(&mut self, level: u32, message: &str) -> wasmtime::Result<()> {
        self.charge_call()?;
        self.log.write(level, message);
        Ok(())
    }

    /// The time that the call in hand is told.
    pub(crate) fn now(&self) -> UnixNanos {
        self.now
    }

    /// Takes what the guest prints; each line is a log line.
    pub(crate) fn print(&mut self, level: u32, bytes: &[u8]) -> wasmtime::Result<()> {
        self.charge_call()?;
        if self.printed.0 != level {
            self.end_line();
            self.printed.0 = level;
        }
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LINE_BYTES.saturating_sub(self.printed.1.len()).min(part.len());
            self.printed.1.extend_from_slice(&part[..room]);
            if part.ends_with(b"\n") {
                self.end_line();
            }
        }
        Ok(())
    }

    /// Writes what was printed of a line.
    fn end_line(&mut self) {
        let (level, mut line) = (self.printed.0, std::mem::take(&mut self.printed.1));
        let text = String::from_utf8_lossy(&line);
        if !text.trim_end().is_empty() {
            self.log.write(level, text.trim_end());
        }
        line.clear();
        self.printed.1 = line;
    }

    /// Adds to a counter that the guest announced.
    pub(crate) fn add_count(&mut self, counter: u32, by: u64) -> wasmtime::Result<()> {
        self.charge_call()?;
        match self.counts.get_mut(counter as usize) {
            Some(count) => *count = count.saturating_add(by),
            None => wasmtime::bail!("counter {counter} was not announced; there are {}", self.counts.len()),
        }
        Ok(())
    }
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.memory - current.min(self.memory) + desired;
        let allowed = total <= self.limits.memory && maximum.is_none_or(|maximum| desired <= maximum);
        if allowed {
            self.memory = total;
        }
        Ok(allowed)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.table_elements - current.min(self.table_elements) + desired;
        let allowed = total <= self.limits.table_elements && maximum.is_none_or(|maximum| desired <= maximum);
        if allowed {
            self.table_elements = total;
        }
        Ok(allowed)
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}
