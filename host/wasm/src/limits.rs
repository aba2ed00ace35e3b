//! What a guest may use up. Every bound is on by default; breaking one is an error of the guest, never of the host.

use std::time::Duration;

/// Bounds on one guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Wall time of one `process`, `shape` or `tick` call. A batch of 2,000 points takes some 50 µs.
    pub call: Duration,
    /// Wall time of instantiating and configuring.
    pub configure: Duration,
    /// Linear memory, summed over all memories of the store, bytes.
    pub memory: usize,
    /// Table elements, summed over all tables of the store; 8 bytes each.
    pub table_elements: usize,
    /// What lifting one call's results may allocate in the host, bytes: four times the largest batch.
    pub lifted: usize,
    /// Calls of host imports during one call; each costs some 100 ns that the deadline does not see.
    pub host_calls: u32,
    /// After so many calls an instance is replaced by a fresh one, against slow leaks.
    pub calls: u64,
    /// Size of a component file, bytes.
    pub component: u64,
    /// Wall time of compiling a component.
    pub compile: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call: Duration::from_millis(250),
            configure: Duration::from_secs(2),
            memory: 64 << 20,
            table_elements: 50_000,
            lifted: 32 << 20,
            host_calls: 10_000,
            calls: 1_000_000,
            component: 32 << 20,
            compile: Duration::from_secs(30),
        }
    }
}

/// Address space of the process that compiles, bytes. What ships takes 0.2 GB, Python's interpreter 1.5.
pub(crate) const COMPILER_MEMORY: u64 = 3 << 30;

/// Time on processors of the process that compiles, seconds: it ends even if nobody waits for it.
pub(crate) const COMPILER_CPU_SECONDS: u64 = 120;

/// Machine code of one component, bytes.
pub(crate) const CODE_BYTES: u64 = 512 << 20;

/// Components, and bytes, of which code is kept.
pub(crate) const KEPT_CODE: usize = 64;
pub(crate) const KEPT_CODE_BYTES: u64 = 1 << 30;

/// The share of its memory, in percent, above which an instance is replaced at the next batch boundary.
pub(crate) const WORN_OUT_PERCENT: usize = 75;

/// The step of the engine's clock against which deadlines run.
pub(crate) const EPOCH_STEP: Duration = Duration::from_millis(5);

/// Stack of WebAssembly frames, bytes. Threads that call guests have at least [`THREAD_STACK`].
pub(crate) const WASM_STACK: usize = 512 << 10;

/// Stack of a thread that calls guests, bytes: room for the host's frames above the guest's.
pub const THREAD_STACK: usize = 4 << 20;

/// Core instances, memories and tables of one component.
pub(crate) const INSTANCES: usize = 64;
pub(crate) const MEMORIES: usize = 8;
pub(crate) const TABLES: usize = 64;

/// Handles of resources; our interface has none.
pub(crate) const HANDLES: usize = 1_000;

/// Words of a state cell: 4 KiB.
pub const CELL_WORDS: u32 = 512;

/// Outputs that one stream may turn into.
pub const OUTPUTS: usize = 16;

/// Names of drop reasons and counters that a guest may announce, each.
pub const NAMES: usize = 64;

/// Bytes of one such name, and of the processor's name and version.
pub(crate) const NAME_BYTES: usize = 63;

/// The shortest step of `tick`.
pub(crate) const TICK_AT_LEAST: Duration = Duration::from_millis(100);

/// Bytes of a log line or of a failure's message.
pub(crate) const LINE_BYTES: usize = 1 << 10;

/// Log lines at once, and per second after that.
pub(crate) const LOG_BURST: f64 = 100.0;
pub(crate) const LOG_PER_SECOND: f64 = 20.0;
