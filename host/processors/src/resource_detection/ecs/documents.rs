//! From the documents of the endpoint to attributes.

use serde_json::Value as Json;

use super::logs;
use crate::resource_detection::attributes::Attributes;
use crate::resource_detection::failure::Failure;

/// A resource name of Amazon's: `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arn<'a> {
    pub partition: &'a str,
    pub region: &'a str,
    pub account: &'a str,
    /// Behind the fifth colon.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        let (partition, _, region, account) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        Some(Self { partition, region, account, resource: parts.next()? })
    }
}

/// What a document says under a key; empty if it says nothing, or no text.
pub(super) fn text<'a>(document: &'a Json, key: &str) -> &'a str {
    document.get(key).and_then(Json::as_str).unwrap_or_default()
}

/// What the documents of a task and of the host's own container say.
///
/// # Errors
/// If they describe no task.
pub fn attributes(task: &Json, container: Option<&Json>) -> Result<Attributes, Failure> {
    let name = text(task, "TaskARN");
    let arn = Arn::read(name).ok_or_else(|| Failure::passing("the task's metadata has no TaskARN that can be read"))?;
    let mut found = Attributes::default();
    found.set("cloud.provider", "aws");
    found.set("cloud.platform", "aws_ecs");
    found.set_if_known("cloud.account.id", arn.account);
    found.set_if_known("cloud.region", arn.region);
    found.set_if_known("cloud.availability_zone", text(task, "AvailabilityZone"));
    found.set_if_known("aws.ecs.cluster.arn", cluster(text(task, "Cluster"), arn));
    found.set("aws.ecs.task.arn", name);
    // Both forms exist: task/<id> and task/<cluster>/<id>.
    found.set_if_known("aws.ecs.task.id", arn.resource.rsplit('/').next().unwrap_or_default());
    found.set_if_known("aws.ecs.task.family", text(task, "Family"));
    found.set_if_known("aws.ecs.task.revision", text(task, "Revision"));
    let launched = text(task, "LaunchType").to_ascii_lowercase();
    if ["ec2", "fargate"].contains(&&*launched) {
        found.set("aws.ecs.launchtype", launched);
    }
    if let Some(container) = container {
        logs::add(&mut found, task, container, arn);
    }
    Ok(found)
}

/// The endpoint gives the name of the cluster, or its short name.
fn cluster(name: &str, task: Arn<'_>) -> String {
    if name.is_empty() || name.contains(':') {
        return name.to_owned();
    }
    let Arn { partition, region, account, .. } = task;
    format!("arn:{partition}:ecs:{region}:{account}:cluster/{name}")
}
