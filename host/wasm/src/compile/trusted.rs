//! Machine code that was written down, made runnable.
//!
//! Whoever can choose these bytes runs code in this process. They come from two places only: the pipe of a process that this
//! one has just started, and files whose digest this one has signed (`cache`).
#![allow(unsafe_code)] // wasmtime checks version and settings of the code, and cannot check the code itself.

use wasmtime::Result;
use wasmtime::component::Component;

use crate::engine::Engine;

/// Loads code which a compiler of this very host wrote.
///
/// # Errors
/// It was compiled by another version of wasmtime, for another machine or with other settings.
pub(super) fn load(engine: &Engine, code: &[u8]) -> Result<Component> {
    // SAFETY: the bytes are what `Engine::precompile_component` returned to `worker`, unchanged: see above.
    unsafe { Component::deserialize(&engine.wasmtime, code) }
}
