//! The processor `resource_detection` in a pipeline: what it finds belongs to each stream, as if its sender had sent it.

use std::collections::BTreeMap;
use std::sync::Arc;

use alluvium::build::BuildError;
use component::variables::Variables;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use prometheus::exposition::Page;

use crate::harness::{Rig, Setup};
use crate::support::metadata::{TASK, serve};
use crate::support::otlp::{BEGIN, DELTA, SECOND, point, request_of, sum, text};

/// The block of a configuration that people run.
const BLOCK: &str = "
    detectors: [ecs, env]
    timeout: 2s
    override: false
    ecs:
      resource_attributes:
        aws.ecs.task.id:
          enabled: true
        aws.ecs.task.revision:
          enabled: true
        aws.ecs.cluster.arn:
          enabled: false
        aws.ecs.launchtype:
          enabled: false
        aws.ecs.task.arn:
          enabled: false
        aws.ecs.task.family:
          enabled: false
        aws.log.group.arns:
          enabled: false
        aws.log.group.names:
          enabled: false
        aws.log.stream.arns:
          enabled: false
        aws.log.stream.names:
          enabled: false
        cloud.account.id:
          enabled: false
        cloud.availability_zone:
          enabled: false
        cloud.platform:
          enabled: false
        cloud.provider:
          enabled: false
        cloud.region:
          enabled: false";

const ENVIRONMENT: (&str, &str) = ("OTEL_RESOURCE_ATTRIBUTES", "ENVIRONMENT=staging,service.name=from-env");

fn setup(detection: &'static str, variables: Variables) -> Setup {
    Setup {
        detection,
        variables,
        processors: "[resourcedetection, deltatocumulative, batch]",
        exporter: "    resource_to_telemetry_conversion: {enabled: true}".into(),
        ..Setup::default()
    }
}

/// Sends one point of a resource; the labels of what comes out.
async fn labels(rig: &Rig, resource: Vec<KeyValue>, second: u64) -> BTreeMap<String, String> {
    let metric = sum("n", DELTA, vec![point("a", BEGIN, BEGIN + second * SECOND, 1)]);
    rig.submit(request_of(resource, vec![metric])).await.expect("taken");
    rig.settle().await;
    let mut labels = rig.sink.samples().pop().expect("a sample").labels;
    labels.retain(|name, _| !["__name__", "stream"].contains(&name.as_str()));
    labels
}

fn expected(labels: &[(&str, &str)]) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Scenario: that block, in a task on Fargate, with attributes in the environment; senders with and without attributes of the
/// same keys. Guarantee: the task's id and revision and those of the environment are added; what senders say stays.
#[tokio::test]
async fn a_block_that_people_run() {
    let url = serve(&TASK).await.url + "/v4/x";
    let variables = Variables::fixed([("ECS_CONTAINER_METADATA_URI_V4", &*url), ENVIRONMENT]);
    let rig = setup(BLOCK, variables).start().await;
    let id = ("aws_ecs_task_id", "e9028f8d5d8e4f258373e7b93ce9a3c3");
    let found = labels(&rig, Vec::new(), 1).await;
    let environment = [("ENVIRONMENT", "staging"), ("job", "from-env"), ("service_name", "from-env")];
    assert_eq!(found, expected(&[&environment[..], &[id, ("aws_ecs_task_revision", "3")]].concat()));
    let sent = vec![text("service.name", "client"), text("aws.ecs.task.revision", "7")];
    let found = labels(&rig, sent, 2).await;
    let own = [("ENVIRONMENT", "staging"), ("job", "client"), ("service_name", "client")];
    assert_eq!(found, expected(&[&own[..], &[id, ("aws_ecs_task_revision", "7")]].concat()));
}

/// Scenario: `override` as it is by default. Guarantee: what was found takes the place of what was sent; senders that differ in
/// nothing else are one stream.
#[tokio::test]
async fn found_attributes_replace() {
    let variables = Variables::fixed([("OTEL_RESOURCE_ATTRIBUTES", "zone=here")]);
    let rig = setup("{}", variables).start().await;
    let zone = |zone| vec![text("zone", zone)];
    assert_eq!(labels(&rig, zone("there"), 1).await, expected(&[("zone", "here")]));
    assert_eq!(labels(&rig, zone("elsewhere"), 2).await, expected(&[("zone", "here")]));
    let values: Vec<f64> = rig.sink.samples().iter().map(|sample| sample.value).collect();
    assert_eq!(values.last(), Some(&2.0), "{values:?}");
    assert_eq!(rig.held(1), 1);
}

/// Scenario: nothing is found. Guarantee: streams pass as they are.
#[tokio::test]
async fn nothing_found() {
    let rig = setup("{detectors: [ecs, env]}", Variables::fixed([])).start().await;
    assert_eq!(labels(&rig, vec![text("zone", "there")], 1).await, expected(&[("zone", "there")]));
}

/// Scenario: lists of a task's logs, behind the sums. Guarantee: a list is written as the Collector writes it; it makes no
/// difference where the processor stands.
#[tokio::test]
async fn lists() {
    let url = serve(&TASK).await.url + "/v4/x";
    for processors in ["[resourcedetection, deltatocumulative, batch]", "[deltatocumulative, resourcedetection, batch]"]
    {
        let variables = Variables::fixed([("ECS_CONTAINER_METADATA_URI_V4", &*url)]);
        let rig = Setup { processors, ..setup("{detectors: [ecs]}", variables) }.start().await;
        let found = labels(&rig, Vec::new(), 1).await;
        assert_eq!(found["aws_log_group_names"], r#"["/ecs/app"]"#, "{processors}");
        assert_eq!(found["aws_ecs_launchtype"], "fargate");
        assert_eq!(found.len(), 15, "{found:?}");
    }
}

/// Scenario: what was found makes a description too long. Guarantee: the stream is dropped for that reason.
#[tokio::test]
async fn too_long() {
    let long = format!("a={}", "v".repeat(256));
    let rig = setup("{}", Variables::fixed([("OTEL_RESOURCE_ATTRIBUTES", &*long)])).start().await;
    let resource = vec![text("b", &"v".repeat((64 << 10) - 200))];
    let metric = sum("n", DELTA, vec![point("a", BEGIN, BEGIN + SECOND, 1)]);
    let accepted = rig.submit(request_of(resource, vec![metric])).await.expect("taken");
    assert_eq!(accepted.dropped.total(), 1);
    assert_eq!(rig.dropped("description_too_long"), 1);
}

/// Scenario: a detector fails. Guarantee: the pipeline is not built, and the place is that of the detector.
#[tokio::test]
async fn a_detector_that_fails() {
    let variables = Variables::fixed([("OTEL_RESOURCE_ATTRIBUTES", "nonsense")]);
    let setup = setup("{detectors: [ecs, env]}", variables);
    let error = setup.try_start().await.err().expect("an error");
    assert!(matches!(error, BuildError::Problem(_)), "{error}");
    let problems = error.problems().expect("problems");
    assert_eq!(problems[0].path, "processors.resourcedetection.detectors.1");
}

/// Scenario: somebody looks at the own metrics. Guarantee: what was found, how long it took and how it went.
#[tokio::test]
async fn own_metrics() {
    let rig = setup("{detectors: [ecs, env]}", Variables::fixed([ENVIRONMENT])).start().await;
    let mut page = Page::default();
    Arc::clone(&rig.pipeline.view.processors[0]).add_metrics(&mut page);
    let page = page.render();
    for line in [
        r#"alluvium_resource_detection_attributes{processor="resourcedetection"} 2"#,
        r#"alluvium_resource_detection_attempts_total{processor="resourcedetection",detector="ecs",result="absent"} 1"#,
        r#"alluvium_resource_detection_attempts_total{processor="resourcedetection",detector="env",result="found"} 1"#,
        r#"alluvium_resource_detection_duration_seconds{processor="resourcedetection",detector="env"} 0"#,
    ] {
        assert!(page.lines().any(|found| found == line), "no {line} in\n{page}");
    }
}
