//! Stages, tried out before anything starts.

use std::sync::Arc;

use component::error::BuildError;
use component::processor::{Processor, Reasons, StageSettings};
use component::services::Services;
use pipeline::drops::Drops;

/// Builds what the shards share of each stage, which shows whether it will work, and lays out all drop reasons. Errors of
/// all stages come at once.
pub(super) fn load(
    stages: &[Arc<dyn StageSettings>],
    host: &Services,
) -> Result<(Vec<Arc<dyn Processor>>, Drops), BuildError> {
    let (mut processors, mut errors) = (Vec::new(), Vec::new());
    let mut reasons = Reasons::default();
    for stage in folded(stages) {
        match stage.build(host, &mut reasons) {
            Ok(processor) => processors.push(processor),
            Err(error) => errors.push(error),
        }
    }
    BuildError::all(errors)?;
    Ok((processors, reasons.into_drops()))
}

/// The stages, with neighbours as one where they can be.
fn folded(stages: &[Arc<dyn StageSettings>]) -> Vec<Arc<dyn StageSettings>> {
    let mut folded: Vec<Arc<dyn StageSettings>> = Vec::new();
    for stage in stages {
        match folded.last_mut() {
            Some(last) if let Some(both) = last.fold(&**stage) => *last = both,
            _ => folded.push(Arc::clone(stage)),
        }
    }
    folded
}
