//! A component, compiled and linked, and what it is able to do.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use embedded::Embedded;
use wasmtime::component::{Component, InstancePre, Linker};

use super::check::Abilities;
use super::compile::Compiled;
use super::digest::Sha256;
use super::engine::Engine;
use super::error::LoadError;
use super::instance::State;
use super::interface::{Exports, VERSIONS, Version};
use super::limits::Limits;
use super::wasi;

/// Where a component comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// From inside the binary.
    Embedded(Embedded),
    /// From a file, which is read once.
    File {
        /// The file.
        path: PathBuf,
        /// The digest that it must have, if one is known.
        sha256: Option<Sha256>,
    },
}

/// Compiled code. One serves all shards; cheap to clone.
#[derive(Clone)]
pub struct Module {
    pub(super) engine: Engine,
    pub(super) pre: InstancePre<State>,
    pub(super) exports: Arc<dyn Exports>,
    pub(super) limits: Limits,
    /// Whoever loads the same component while this one lives gets its code.
    pub(super) compiled: Arc<Compiled>,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Module")
            .field("bytes", &self.compiled.bytes.len())
            .field("abilities", &self.exports.abilities())
            .finish_non_exhaustive()
    }
}

impl Module {
    /// Reads, compiles and links a component. What is compiled already, and still in use, is not compiled again.
    ///
    /// # Errors
    /// See [`LoadError`]; the component is at fault, or whoever named it.
    pub fn load(engine: &Engine, source: &Source, limits: Limits) -> Result<Self, LoadError> {
        let bytes = match source {
            Source::Embedded(guest) => guest.bytes.to_vec(),
            Source::File { path, sha256 } => read(path, *sha256, limits.component)?,
        };
        let compiled = match engine.compiled.find(&bytes) {
            Some(compiled) => compiled,
            None => {
                let component = engine.compiler.compile(engine, &bytes, &limits)?;
                engine.compiled.add(Compiled { digest: Sha256::of(&bytes), bytes, component })
            }
        };
        let component = &compiled.component;
        let version = version(component)?;
        let mut linker = Linker::new(&engine.wasmtime);
        (version.link)(&mut linker)
            .and_then(|()| wasi::link(&mut linker, component, &engine.wasmtime))
            .map_err(|error| LoadError::Engine(format!("{error:#}")))?;
        let pre = linker.instantiate_pre(component).map_err(|error| LoadError::Import(format!("{error:#}")))?;
        let exports = (version.prepare)(component, &pre)
            .map_err(|error| LoadError::Export { package: version.package, error: format!("{error:#}") })?;
        Ok(Self { engine: engine.clone(), pre, exports, limits, compiled })
    }
}

/// The version of the interface that a component speaks: that of its `configure`, or the newest if it has none, which
/// then says what is missing.
fn version(component: &Component) -> Result<&'static Version, LoadError> {
    let exports = |version: &&Version| {
        let name = version.package.replace('@', "/configure@");
        component.get_export_index(None, &name).is_some()
    };
    VERSIONS
        .iter()
        .find(exports)
        .or(VERSIONS.first())
        .ok_or_else(|| LoadError::Engine("this host speaks no version of the interface".into()))
}

impl Module {
    /// The digest of the component.
    #[must_use]
    pub fn digest(&self) -> Sha256 {
        self.compiled.digest
    }

    /// Which optional interfaces the component exports.
    #[must_use]
    pub fn abilities(&self) -> Abilities {
        self.exports.abilities()
    }
}

fn read(path: &Path, expected: Option<Sha256>, limit: u64) -> Result<Vec<u8>, LoadError> {
    let fail = |error| LoadError::Read { path: path.to_owned(), error };
    let file = File::open(path).map_err(fail)?;
    let mut bytes = Vec::new();
    let size = file.take(limit + 1).read_to_end(&mut bytes).map_err(fail)? as u64;
    if size > limit {
        return Err(LoadError::TooLarge { path: path.to_owned(), size, limit });
    }
    if let Some(expected) = expected
        && let found = Sha256::of(&bytes)
        && found != expected
    {
        return Err(LoadError::Digest { path: path.to_owned(), found, expected });
    }
    Ok(bytes)
}
