//! The one wasmtime engine of the process: which WebAssembly it takes, and the clock that its deadlines run against.

use std::sync::mpsc;
use std::thread;

use wasmtime::{Config, EngineWeak};

use super::compile::{Compiler, InUse};
use super::error::LoadError;
use super::limits::{EPOCH_STEP, WASM_STACK};

/// Compiles and runs guests. Cheap to clone; the clock stops with the last clone.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(super) wasmtime: wasmtime::Engine,
    pub(super) compiler: Compiler,
    pub(super) compiled: InUse,
}

impl Engine {
    /// Starts the engine and its clock. Components are compiled in this process.
    ///
    /// # Errors
    /// [`LoadError::Engine`] if this machine cannot run it.
    pub fn start() -> Result<Self, LoadError> {
        Self::with(Compiler::Thread)
    }

    /// The same, with another compiler.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn with(compiler: Compiler) -> Result<Self, LoadError> {
        let fail = |error: &dyn std::fmt::Display| LoadError::Engine(error.to_string());
        let wasmtime = wasmtime::Engine::new(&config()).map_err(|error| fail(&error))?;
        let weak = wasmtime.weak();
        let (started, waiting) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("guest-clock".into())
            .spawn(move || {
                started.send(()).ok();
                run_clock(&weak);
            })
            .map_err(|error| fail(&error))?;
        // A clock that never runs would let an endless loop run for ever.
        waiting.recv().map_err(|error| fail(&error))?;
        Ok(Self { wasmtime, compiler, compiled: InUse::default() })
    }
}

#[expect(clippy::disallowed_methods, reason = "a thread of its own that does nothing else")]
fn run_clock(engine: &EngineWeak) {
    loop {
        thread::sleep(EPOCH_STEP);
        match engine.upgrade() {
            Some(engine) => engine.increment_epoch(),
            None => return,
        }
    }
}

/// Everything that a metrics processor does not need is off. Multi-memory stays on: without it wasmtime 48 panics on
/// components with fused adapters.
pub(super) fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        // Native and WebAssembly builds of one guest must agree to the bit.
        .cranelift_nan_canonicalization(true)
        .wasm_multi_memory(true)
        .wasm_simd(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .wasm_wide_arithmetic(false)
        .wasm_custom_page_sizes(false);
    config
}
