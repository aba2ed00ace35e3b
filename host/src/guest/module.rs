//! A component, compiled and linked, and what it is able to do.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use wasmtime::component::{Component, HasSelf, InstancePre, Linker};

use super::bindings::alluvium::processor::host;
use super::bindings::exports::alluvium::processor::{configure, shape};
use super::embedded::Embedded;
use super::engine::Engine;
use super::error::LoadError;
use super::instance::State;
use super::limits::Limits;
use super::{explicit, exponential, numbers};

/// The interface package that this host speaks.
pub(super) const PACKAGE: &str = "alluvium:processor@0.1.0-draft";

/// Where a component comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// From inside the binary.
    Embedded(Embedded),
    /// From a file, which is read once.
    File(PathBuf),
}

/// Compiled code. One serves all shards; cheap to clone.
#[derive(Clone)]
pub struct Module {
    pub(super) engine: Engine,
    pub(super) pre: InstancePre<State>,
    pub(super) configure: configure::GuestIndices,
    pub(super) shape: Option<shape::GuestIndices>,
    pub(super) numbers: Option<numbers::GuestIndices>,
    pub(super) histograms: Option<explicit::GuestIndices>,
    pub(super) exponential: Option<exponential::GuestIndices>,
    pub(super) limits: Limits,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Module").field("shape", &self.shape.is_some()).finish_non_exhaustive()
    }
}

impl Module {
    /// Reads, compiles and links a component.
    ///
    /// # Errors
    /// See [`LoadError`]; the component is at fault, or whoever named it.
    pub fn load(engine: &Engine, source: &Source, limits: Limits) -> Result<Self, LoadError> {
        let component = match source {
            Source::Embedded(guest) => compile(engine, guest.bytes.to_vec(), limits)?,
            Source::File(path) => compile(engine, read(path, limits.component)?, limits)?,
        };
        let mut linker = Linker::new(&engine.wasmtime);
        host::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)
            .map_err(|error| LoadError::Engine(error.to_string()))?;
        let pre = linker.instantiate_pre(&component).map_err(|error| LoadError::Import(format!("{error:#}")))?;
        let configure = configure::GuestIndices::new(&pre).map_err(|error| missing(&error))?;
        Ok(Self {
            engine: engine.clone(),
            configure,
            shape: ability(&component, "shape", || shape::GuestIndices::new(&pre))?,
            numbers: ability(&component, "process-numbers", || numbers::GuestIndices::new(&pre))?,
            histograms: ability(&component, "process-histograms", || explicit::GuestIndices::new(&pre))?,
            exponential: ability(&component, "process-exponential-histograms", || {
                exponential::GuestIndices::new(&pre)
            })?,
            pre,
            limits,
        })
    }
}

fn missing(error: &wasmtime::Error) -> LoadError {
    LoadError::Export { package: PACKAGE, error: format!("{error:#}") }
}

/// One of the package's interfaces, if the component exports it.
fn ability<Indices>(
    component: &Component,
    interface: &str,
    find: impl FnOnce() -> wasmtime::Result<Indices>,
) -> Result<Option<Indices>, LoadError> {
    let name = PACKAGE.replace('@', &format!("/{interface}@"));
    let exported = component.get_export_index(None, &name).is_some();
    exported.then(find).transpose().map_err(|error| missing(&error))
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, LoadError> {
    let fail = |error| LoadError::Read { path: path.to_owned(), error };
    let file = File::open(path).map_err(fail)?;
    let mut bytes = Vec::new();
    let size = file.take(limit + 1).read_to_end(&mut bytes).map_err(fail)? as u64;
    if size > limit {
        return Err(LoadError::TooLarge { path: path.to_owned(), size, limit });
    }
    Ok(bytes)
}

/// Compiles on a thread that can be given up: compile time is not bounded by wasmtime, and a bug there must not take
/// the caller with it.
fn compile(engine: &Engine, bytes: Vec<u8>, limits: Limits) -> Result<Component, LoadError> {
    let (done, result) = mpsc::sync_channel(1);
    let wasmtime = engine.wasmtime.clone();
    thread::Builder::new()
        .name("guest-compiler".into())
        .spawn(move || {
            done.send(Component::from_binary(&wasmtime, &bytes)).ok();
        })
        .map_err(|error| LoadError::Engine(error.to_string()))?;
    match result.recv_timeout(limits.compile) {
        Ok(component) => component.map_err(|error| LoadError::Compile(format!("{error:#}"))),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(LoadError::CompileTime(limits.compile)),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(LoadError::Compile("the compiler panicked".into())),
    }
}
