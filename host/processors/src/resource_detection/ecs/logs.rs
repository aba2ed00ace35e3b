//! Where the other containers of a task log to.

use serde_json::Value as Json;

use super::documents::{Arn, text};
use crate::resource_detection::attributes::Attributes;

pub(super) const GROUP_ARNS: &str = "aws.log.group.arns";
pub(super) const GROUP_NAMES: &str = "aws.log.group.names";
pub(super) const STREAM_ARNS: &str = "aws.log.stream.arns";
pub(super) const STREAM_NAMES: &str = "aws.log.stream.names";

/// Adds the log groups and streams of the task's running containers, apart from the host's own.
pub(super) fn add(found: &mut Attributes, task: &Json, own: &Json, arn: Arn<'_>) {
    let [mut groups, mut group_arns, mut streams, mut stream_arns] = [const { Vec::new() }; 4];
    let containers = task.get("Containers").and_then(Json::as_array);
    for container in containers.into_iter().flatten().filter(|container| logs(container, own)) {
        let Some(options) = container.get("LogOptions") else { continue };
        let (group, stream) = (text(options, "awslogs-group"), text(options, "awslogs-stream"));
        if group.is_empty() {
            continue;
        }
        let region = Some(text(options, "awslogs-region")).filter(|region| !region.is_empty()).unwrap_or(arn.region);
        let group_arn = format!("arn:{}:logs:{region}:{}:log-group:{group}", arn.partition, arn.account);
        groups.push(group.to_owned());
        if !stream.is_empty() {
            streams.push(stream.to_owned());
            stream_arns.push(format!("{group_arn}:log-stream:{stream}"));
        }
        group_arns.push(group_arn);
    }
    found.set_if_known(GROUP_NAMES, groups);
    found.set_if_known(GROUP_ARNS, group_arns);
    found.set_if_known(STREAM_NAMES, streams);
    found.set_if_known(STREAM_ARNS, stream_arns);
}

/// Whether a container is one of the task's own workload, at work, and logs to CloudWatch.
fn logs(container: &Json, own: &Json) -> bool {
    text(container, "Type") == "NORMAL"
        && text(container, "KnownStatus") == "RUNNING"
        && text(container, "LogDriver") == "awslogs"
        && text(container, "DockerId") != text(own, "DockerId")
}
