//! From a component to machine code: in a process of its own that has limits, or from the cache of what it made before.

mod cache;
mod child;
mod folder;
mod in_use;
#[cfg(test)]
mod tests;
mod thread;
mod trusted;
mod worker;

use std::path::PathBuf;

use wasmtime::component::Component;

use super::engine::Engine;
use super::error::LoadError;
use super::limits::Limits;
use cache::Cache;
pub(crate) use in_use::{Compiled, InUse};
pub use worker::worker;

/// Where components are compiled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Compiler {
    /// On a thread of this process: what a component makes the compiler do, it does here. For components that are trusted,
    /// and for programs that have no process to give.
    #[default]
    Thread,
    /// In a process of its own, which [`worker`] limits.
    Child {
        /// The program and its arguments. It runs [`worker`].
        command: Vec<PathBuf>,
        /// The folder in which code is kept, if it is.
        cache: Option<PathBuf>,
    },
}

impl Compiler {
    /// The code of a component.
    ///
    /// # Errors
    /// See [`LoadError`]; the component is at fault, or whoever named it.
    pub(super) fn compile(&self, engine: &Engine, bytes: &[u8], limits: &Limits) -> Result<Component, LoadError> {
        let Self::Child { command, cache } = self else { return thread::compile(engine, bytes, limits) };
        let cache = cache.as_deref().and_then(|folder| match Cache::open(folder, engine) {
            Ok(cache) => Some(cache),
            Err(error) => {
                tracing::warn!(folder = %folder.display(), %error, "the compiled code of guests is not kept");
                None
            }
        });
        let name = cache.as_ref().map(|cache| cache.name_of(bytes));
        let kept = cache.as_ref().zip(name.as_ref()).and_then(|(cache, name)| cache.find(name));
        // Code of another build of the host does not have the name that is looked for; what fails here is compiled again.
        if let Some(component) = kept.and_then(|code| trusted::load(engine, &code).ok()) {
            return Ok(component);
        }
        let code = child::compile(command, bytes, limits)?;
        if let Some((cache, name)) = cache.zip(name) {
            cache.keep(&name, &code);
        }
        trusted::load(engine, &code).map_err(|error| LoadError::Engine(format!("{error:#}")))
    }
}
