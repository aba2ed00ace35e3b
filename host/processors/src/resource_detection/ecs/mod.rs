//! `ecs`: the task and the container on Amazon ECS, from the task metadata endpoint, version 4 or else 3.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html>

mod documents;
mod logs;

pub use documents::attributes;

use std::time::Duration;

use http::{HeaderMap, Method};
use serde_json::Value as Json;

use super::attributes::Attributes;
use super::detector::{Known, Selection, Sources};
use super::failure::Failure;
use super::metadata::{self, MetadataError};

/// Its name in a configuration.
pub const NAME: &str = "ecs";

/// The addresses of the endpoint, the newest version first.
const VARIABLES: [&str; 2] = ["ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI"];

/// The container's own document is waited for so long, and done without then. It comes from the agent that has just given the
/// task's.
const CONTAINER: Duration = Duration::from_secs(1);

/// What it finds.
pub const KNOWN: &[Known] = &[
    Known { key: "aws.ecs.cluster.arn", on: true },
    Known { key: "aws.ecs.launchtype", on: true },
    Known { key: "aws.ecs.task.arn", on: true },
    Known { key: "aws.ecs.task.family", on: true },
    Known { key: "aws.ecs.task.id", on: true },
    Known { key: "aws.ecs.task.revision", on: true },
    Known { key: logs::GROUP_ARNS, on: true },
    Known { key: logs::GROUP_NAMES, on: true },
    Known { key: logs::STREAM_ARNS, on: true },
    Known { key: logs::STREAM_NAMES, on: true },
    Known { key: "cloud.account.id", on: true },
    Known { key: "cloud.availability_zone", on: true },
    Known { key: "cloud.platform", on: true },
    Known { key: "cloud.provider", on: true },
    Known { key: "cloud.region", on: true },
];

/// Asks the endpoint. Without the container's own document there are the attributes of the task alone.
///
/// # Errors
/// See [`Failure`].
pub async fn detect(selection: &Selection, sources: &Sources) -> Result<Attributes, Failure> {
    let set = |name| {
        let text = sources.variables.get(name)?;
        (!text.trim().is_empty()).then_some((name, text))
    };
    let Some((name, address)) = VARIABLES.into_iter().find_map(set) else {
        return Err(Failure::Absent(format!("{} is not set, so this is no task on ECS", VARIABLES[0])));
    };
    let base = metadata::base(&address).map_err(|why| {
        let help = "leave it as ECS sets it, or remove the detector";
        Failure::lasting(format!("{name} {why}"), help)
    })?;
    let task = document(sources, &format!("{base}/task")).await?;
    let container = tokio::select! {
        container = document(sources, &base) => container,
        () = sources.clock.sleep(CONTAINER) => Err(Failure::passing(format!("no answer within {CONTAINER:?}"))),
    };
    if let Err(error) = &container {
        tracing::warn!(%error, "the metadata of the container cannot be read; its task's are used alone");
    }
    let mut found = attributes(&task, container.ok().as_ref())?;
    found.retain(|key| selection.has(key));
    Ok(found)
}

async fn document(sources: &Sources, address: &str) -> Result<Json, Failure> {
    let uri = address.parse().map_err(|_| Failure::lasting(format!("{address} is no address"), ""))?;
    let text = sources.client.ask(Method::GET, &uri, &HeaderMap::new()).await;
    let text = text.map_err(|error: MetadataError| Failure::passing(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| Failure::passing(format!("{address} answers no JSON: {error}")))
}
