//! Documents in the form of the AWS documentation, "Amazon ECS task metadata v4 examples for tasks on Fargate".

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value as Json, json};

use super::fake::Fake;
use super::{all, is_asked, manual, only, plain, sources, texts};
use crate::resource_detection::attributes::Value;
use crate::resource_detection::detector::Sources;
use crate::resource_detection::ecs::{KNOWN, attributes, detect};
use crate::resource_detection::failure::Failure;
use component::variables::Variables;

const OWN: &str = "cd189a933e5849daa93386466019ab50-2495160603";

fn container(id: &str, name: &str) -> Json {
    json!({
        "DockerId": id,
        "Name": name,
        "DockerName": name,
        "Image": "111122223333.dkr.ecr.us-west-2.amazonaws.com/curltest:latest",
        "Labels": {"com.amazonaws.ecs.cluster": "arn:aws:ecs:us-west-2:111122223333:cluster/default"},
        "DesiredStatus": "RUNNING",
        "KnownStatus": "RUNNING",
        "Limits": {"CPU": 2},
        "Type": "NORMAL",
        "LogDriver": "awslogs",
        "LogOptions": {
            "awslogs-create-group": "true",
            "awslogs-group": "/ecs/containerlogs",
            "awslogs-region": "us-west-2",
            "awslogs-stream": format!("ecs/{name}/cd189a933e5849daa93386466019ab50"),
        },
        "Networks": [{"NetworkMode": "awsvpc", "IPv4Addresses": ["192.0.2.3"]}],
    })
}

fn task() -> Json {
    json!({
        "Cluster": "arn:aws:ecs:us-west-2:111122223333:cluster/default",
        "TaskARN": "arn:aws:ecs:us-west-2:111122223333:task/default/cd189a933e5849daa93386466019ab50",
        "Family": "curltest",
        "Revision": "3",
        "DesiredStatus": "RUNNING",
        "KnownStatus": "RUNNING",
        "Limits": {"CPU": 0.25, "Memory": 512},
        "AvailabilityZone": "us-west-2d",
        "LaunchType": "FARGATE",
        "Containers": [container(OWN, "collector"), container("other-1", "app"), container("other-2", "sidecar")],
        "ClockDrift": {"ClockErrorBound": 0.5, "ClockSynchronizationStatus": "SYNCHRONIZED"},
    })
}

/// Scenario: a task on Fargate. Guarantee: the attributes of the Collector, those of logs as arrays without the own
/// container.
#[test]
fn a_task_on_fargate() {
    let found = attributes(&task(), Some(&container(OWN, "collector"))).expect("a task");
    let group = "arn:aws:logs:us-west-2:111122223333:log-group:/ecs/containerlogs";
    let stream = |name: &str| format!("ecs/{name}/cd189a933e5849daa93386466019ab50");
    let mut expected = plain([
        ("cloud.provider", "aws"),
        ("cloud.platform", "aws_ecs"),
        ("cloud.account.id", "111122223333"),
        ("cloud.region", "us-west-2"),
        ("cloud.availability_zone", "us-west-2d"),
        ("aws.ecs.cluster.arn", "arn:aws:ecs:us-west-2:111122223333:cluster/default"),
        ("aws.ecs.task.arn", "arn:aws:ecs:us-west-2:111122223333:task/default/cd189a933e5849daa93386466019ab50"),
        ("aws.ecs.task.id", "cd189a933e5849daa93386466019ab50"),
        ("aws.ecs.task.family", "curltest"),
        ("aws.ecs.task.revision", "3"),
        ("aws.ecs.launchtype", "fargate"),
    ]);
    expected.set("aws.log.group.names", texts(&["/ecs/containerlogs"; 2]));
    expected.set("aws.log.group.arns", texts(&[group; 2]));
    expected.set("aws.log.stream.names", texts(&[&stream("app"), &stream("sidecar")]));
    let arn = |name: &str| format!("{group}:log-stream:{}", stream(name));
    expected.set("aws.log.stream.arns", texts(&[&arn("app"), &arn("sidecar")]));
    assert_eq!(found, expected);
    assert!(KNOWN.iter().all(|known| found.get(known.key).is_some()) && found.len() == KNOWN.len());
}

/// Scenario: version 3, a short cluster name, the old form of task ARN, another partition of AWS. Guarantee: the cluster's
/// ARN is built in the partition of the task; what the version does not tell is left out.
#[test]
fn a_task_of_version_3() {
    let task = json!({
        "Cluster": "default",
        "TaskARN": "arn:aws-cn:ecs:cn-north-1:111122223333:task/9781c248-0edd-4cdb-9a93-f63cb662a5d3",
        "Family": "nginx",
        "Revision": "5",
        "Containers": [{"DockerId": "731a0d6a3b42", "Name": "~internal~ecs~pause", "Type": "CNI_PAUSE"}],
    });
    let found = attributes(&task, Some(&json!({"DockerId": "43481a6ce484"}))).expect("a task");
    let expected = plain([
        ("cloud.provider", "aws"),
        ("cloud.platform", "aws_ecs"),
        ("cloud.account.id", "111122223333"),
        ("cloud.region", "cn-north-1"),
        ("aws.ecs.cluster.arn", "arn:aws-cn:ecs:cn-north-1:111122223333:cluster/default"),
        ("aws.ecs.task.arn", "arn:aws-cn:ecs:cn-north-1:111122223333:task/9781c248-0edd-4cdb-9a93-f63cb662a5d3"),
        ("aws.ecs.task.id", "9781c248-0edd-4cdb-9a93-f63cb662a5d3"),
        ("aws.ecs.task.family", "nginx"),
        ("aws.ecs.task.revision", "5"),
    ]);
    assert_eq!(found, expected);
}

/// Scenario: containers that have ended, that are no workload, that log elsewhere. Guarantee: their logs are not told about.
#[test]
fn logs_of_the_workload_only() {
    for (key, value) in [("KnownStatus", "STOPPED"), ("Type", "EMPTY"), ("LogDriver", "fluentd"), ("LogOptions", "")] {
        let mut task = task();
        for index in 0..3 {
            task["Containers"][index][key] = value.into();
        }
        let found = attributes(&task, Some(&container(OWN, "collector"))).expect("a task");
        assert_eq!(found.get("aws.log.group.names"), None, "{key}");
        assert_eq!(found.len(), 11, "{key}");
    }
}

/// Scenario: documents that describe no task, or of other types than documented. Guarantee: errors, or what can be read.
#[test]
fn documents_that_are_none() {
    for task in [json!(null), json!([]), json!({}), json!({"TaskARN": 1}), json!({"TaskARN": "arn:aws:ecs"})] {
        assert!(attributes(&task, None).is_err(), "{task}");
    }
    let mut odd = task();
    odd["Containers"] = json!({"a": 1});
    odd["Cluster"] = json!(["a"]);
    assert_eq!(attributes(&odd, Some(&json!(1))).expect("a task").get("aws.ecs.cluster.arn"), None);
}

/// Scenario: the endpoint of version 4, beside one of version 3. Guarantee: version 4 is asked, for both documents; switches
/// select.
#[tokio::test]
async fn the_endpoint_is_asked() {
    let fake = Fake::start().await.say("/v4/x/task", &task().to_string());
    let fake = fake.say("/v4/x", &container(OWN, "collector").to_string());
    let url = fake.url() + "/v4/x/";
    let variables = Variables::fixed([
        ("ECS_CONTAINER_METADATA_URI_V4", &*url),
        ("ECS_CONTAINER_METADATA_URI", "http://127.0.0.1:1/v3"),
    ]);
    let selection = only(KNOWN, &["aws.ecs.task.id", "aws.log.group.names"]);
    let found = detect(&selection, &sources(variables)).await.expect("a task");
    assert_eq!(fake.asked(), ["GET /v4/x/task", "GET /v4/x"]);
    assert_eq!(found.get("aws.ecs.task.id"), Some(&Value::from("cd189a933e5849daa93386466019ab50")));
    assert_eq!(found.get("aws.log.group.names"), Some(&texts(&["/ecs/containerlogs"; 2])));
    assert_eq!(found.len(), 2);
}

/// Scenario: the container's own document is not there, or does not come. Guarantee: the attributes of the task alone.
#[tokio::test]
async fn the_task_alone() {
    for answer in [Some((StatusCode::NOT_FOUND, String::new())), None] {
        let fake = Fake::start().await.say("/v3/task", &task().to_string()).then(Method::GET, "/v3", answer);
        let url = fake.url() + "/v3";
        let variables = Variables::fixed([("ECS_CONTAINER_METADATA_URI", &*url)]);
        let (clock, hand) = manual();
        let selection = all(KNOWN);
        let sources = Sources { clock, ..sources(variables) };
        let moving = async {
            is_asked(&fake, 2).await;
            hand.advance(Duration::from_secs(1));
        };
        let (found, ()) = tokio::join!(detect(&selection, &sources), moving);
        let found = found.expect("a task");
        assert_eq!(found.len(), 11);
        assert_eq!(found.get("aws.log.group.names"), None);
    }
}

/// Scenario: no address, one that is far away, one that is none. Guarantee: no task; an error that names the variable.
#[tokio::test]
async fn addresses() {
    let nothing = detect(&all(KNOWN), &sources(Variables::fixed([]))).await;
    assert!(matches!(nothing, Err(Failure::Absent(_))), "{nothing:?}");
    for address in ["http://example.com/v4", "https://169.254.170.2/v4", "http://8.8.8.8/v4", "nothing at all", "/v4"] {
        let variables = Variables::fixed([("ECS_CONTAINER_METADATA_URI_V4", address)]);
        let error = detect(&all(KNOWN), &sources(variables)).await.expect_err("an error");
        assert!(!error.may_retry(), "{address}: {error}");
        assert!(error.to_string().starts_with("ECS_CONTAINER_METADATA_URI_V4 "), "{address}: {error}");
    }
}

/// Scenario: redirects, answers that are no JSON, too long, or errors. Guarantee: errors that may be tried again, and no other
/// address is asked.
#[tokio::test]
async fn answers_that_are_none() {
    let long = "x".repeat(crate::resource_detection::metadata::ANSWER_BYTES + 1);
    for (status, text) in [(302, ""), (500, "oh"), (200, "{"), (200, &*long), (204, "")] {
        let answer = Some((StatusCode::from_u16(status).expect("a status"), text.to_owned()));
        let fake = Fake::start().await.then(Method::GET, "/task", answer);
        let variables = Variables::fixed([("ECS_CONTAINER_METADATA_URI_V4", &*fake.url())]);
        let error = detect(&all(KNOWN), &sources(variables)).await.expect_err("an error");
        assert!(error.may_retry(), "{status}: {error}");
        assert_eq!(fake.asked(), ["GET /task"]);
    }
}
