//! What does nothing: extensions of the Collector that files name, and that this host has no need of.

use std::sync::Arc;

use component::error::BuildError;
use component::extension::{Extension, Surroundings};

/// The extension at work.
struct Idle;

impl Extension for Idle {}

/// One that does nothing.
///
/// # Errors
/// None.
pub fn build(_host: &Surroundings) -> Result<Arc<dyn Extension>, BuildError> {
    Ok(Arc::new(Idle))
}
