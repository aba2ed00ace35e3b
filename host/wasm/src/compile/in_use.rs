//! Components that are compiled already: pipelines that use the same guest share its code.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use wasmtime::component::Component;

use crate::digest::Sha256;

/// A component and its code.
pub(crate) struct Compiled {
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: Sha256,
    pub(crate) component: Component,
}

/// What is compiled and in use. Code that nobody uses any more is forgotten.
#[derive(Clone, Default)]
pub(crate) struct InUse(Arc<Mutex<Vec<Weak<Compiled>>>>);

impl std::fmt::Debug for InUse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("InUse").finish_non_exhaustive()
    }
}

impl InUse {
    /// The code of exactly these bytes.
    pub(crate) fn find(&self, bytes: &[u8]) -> Option<Arc<Compiled>> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().filter_map(Weak::upgrade).find(|compiled| compiled.bytes == bytes)
    }

    /// Remembers code for as long as somebody uses it.
    pub(crate) fn add(&self, compiled: Compiled) -> Arc<Compiled> {
        let compiled = Arc::new(compiled);
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|entry| entry.strong_count() > 0);
        entries.push(Arc::downgrade(&compiled));
        compiled
    }
}
