//! Compiling on a thread of this process.

use std::sync::mpsc;
use std::thread;

use wasmtime::component::Component;

use crate::engine::Engine;
use crate::error::LoadError;
use crate::limits::Limits;

/// Compiles on a thread that can be given up: compile time is not bounded by wasmtime, and a bug there must not take the
/// caller with it.
pub(super) fn compile(engine: &Engine, bytes: &[u8], limits: &Limits) -> Result<Component, LoadError> {
    let (done, result) = mpsc::sync_channel(1);
    let (wasmtime, bytes) = (engine.wasmtime.clone(), bytes.to_vec());
    thread::Builder::new()
        .name("guest-compiler".into())
        .spawn(move || done.send(Component::from_binary(&wasmtime, &bytes)).ok())
        .map_err(|error| LoadError::Engine(error.to_string()))?;
    match result.recv_timeout(limits.compile) {
        Ok(component) => component.map_err(|error| LoadError::Compile(format!("{error:#}"))),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(LoadError::CompileTime(limits.compile)),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(LoadError::Compile("the compiler panicked".into())),
    }
}
