//! What stages have to find out before they are built.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use component::error::BuildError;
use component::processor::StageSettings;
use component::services::Services;
use tokio::task::JoinSet;

use super::Settings;

/// Prepares the stages of all pipelines at once, and puts each in the place of the stage that it was. A stage that several
/// pipelines have is prepared once. Errors of all stages come at once. Must be called within a tokio runtime.
///
/// # Errors
/// See [`BuildError`]; the pipelines are then as they were.
pub async fn prepare(pipelines: &mut [Settings], host: &Services) -> Result<(), BuildError> {
    let stages = || pipelines.iter().flat_map(|pipeline| &pipeline.stages);
    let all: BTreeMap<usize, &Arc<dyn StageSettings>> = stages().map(|stage| (address(stage), stage)).collect();
    let mut preparing = JoinSet::new();
    for (address, stage) in all {
        if let Some(preparation) = stage.prepare(host) {
            preparing.spawn(async move { (address, preparation.await) });
        }
    }
    let (mut prepared, mut errors) = (BTreeMap::new(), Vec::new());
    while let Some(ended) = preparing.join_next().await {
        match ended {
            Ok((address, Ok(stage))) => drop(prepared.insert(address, stage)),
            Ok((_, Err(error))) => errors.push(error),
            Err(error) => {
                errors.push(BuildError::System { what: "cannot prepare a processor", error: io::Error::other(error) });
            }
        }
    }
    BuildError::all(errors)?;
    for stage in pipelines.iter_mut().flat_map(|pipeline| &mut pipeline.stages) {
        if let Some(prepared) = prepared.get(&address(stage)) {
            *stage = Arc::clone(prepared);
        }
    }
    Ok(())
}

/// Pipelines that have the same processor have the same settings of it.
fn address(stage: &Arc<dyn StageSettings>) -> usize {
    Arc::as_ptr(stage).cast::<()>() as usize
}
