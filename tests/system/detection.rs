//! The binary as a task on ECS.

use std::process::{Output, Stdio};

use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::alluvium::{Alluvium, PATIENCE, RECEIVERS, TELEMETRY};
use crate::raw;
use crate::support::metadata::{TASK, serve};
use crate::support::otlp::{BEGIN, DELTA, SECOND, point, request_of, sum, text};

const ADDRESS: &str = "ECS_CONTAINER_METADATA_URI_V4";

fn config(detection: &str) -> String {
    format!(
        "{RECEIVERS}
processors:
  resourcedetection: {detection}
exporters:
  debug: {{verbosity: normal}}
service:{TELEMETRY}
  pipelines:
    metrics: {{receivers: [otlp], processors: [resourcedetection], exporters: [debug]}}
"
    )
}

/// Scenario: a sender behind a host on Fargate. Guarantee: what is known of the task belongs to its resource, lists as lists.
#[tokio::test]
async fn a_task_names_its_streams() {
    let url = serve(&TASK).await.url + "/v4/x";
    let switches =
        "{cloud.platform: {enabled: false}, aws.ecs.task.arn: {enabled: false}, aws.ecs.cluster.arn: {enabled: false}}";
    let block = format!("{{detectors: [env, ecs], ecs: {{resource_attributes: {switches}}}}}");
    let variables = [(ADDRESS, &*url), ("OTEL_RESOURCE_ATTRIBUTES", "team=a%20b,cloud.region=from-env")];
    let alluvium = Alluvium::start_in(&config(&block), &variables).await;
    let metric = sum("tokens", DELTA, vec![point("a", BEGIN, BEGIN + SECOND, 42)]);
    let body = request_of(vec![text("service.name", "client"), text("cloud.provider", "mine")], vec![metric]);
    assert_eq!(raw::post(&alluvium.http, &[], body).await.status, 200);
    let (status, log) = alluvium.signal("TERM").await;
    assert!(status.success());
    let resource = log.iter().find(|line| line.starts_with("resource ")).expect("a resource");
    for attribute in [
        r#"service.name="client""#,
        r#"team="a b""#,
        r#"cloud.region="from-env""#,
        r#"cloud.provider="aws""#,
        r#"cloud.account.id="111122223333""#,
        r#"cloud.availability_zone="us-west-2d""#,
        r#"aws.ecs.task.id="e9028f8d5d8e4f258373e7b93ce9a3c3""#,
        r#"aws.ecs.launchtype="fargate""#,
        r#"["/ecs/app"]"#,
        r#"["ecs/app/1"]"#,
    ] {
        assert!(resource.contains(attribute), "no {attribute} in {resource}");
    }
    assert!(!resource.contains("cloud.platform") && !resource.contains("task.arn"), "{resource}");
}

/// Scenario: two pipelines have the processor. Guarantee: it looks once, and shows itself once.
#[tokio::test]
async fn pipelines_share_what_was_found() {
    let metadata = serve(&TASK).await;
    let address = format!("{}/v4/x", metadata.url);
    let one = "    metrics: {receivers: [otlp], processors: [resourcedetection], exporters: [debug]}";
    let two = one.replace("metrics:", "metrics/two:");
    let config = config("{detectors: [ecs]}").replace(one, &format!("{one}\n{two}"));
    let alluvium = Alluvium::start_in(&config, &[(ADDRESS, &address)]).await;
    assert_eq!(metadata.asked(), 2, "the task's document and the container's");
    let page = raw::get(&alluvium.own, "/metrics").await.text();
    let lines: Vec<&str> =
        page.lines().filter(|line| line.starts_with("alluvium_resource_detection_attributes{")).collect();
    assert_eq!(lines, [r#"alluvium_resource_detection_attributes{processor="resourcedetection"} 15"#]);
    assert!(page.contains("pipeline=\"metrics/two\""));
}

fn spawn(file: &NamedTempFile, variables: &[(&str, &str)]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alluvium"));
    command.args(["run", "--config"]).arg(file.path()).envs(variables.iter().copied());
    command.stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("the binary starts")
}

fn written(config: &str) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), config).expect("a configuration");
    file
}

async fn end(child: Child) -> Output {
    tokio::time::timeout(PATIENCE, child.wait_with_output()).await.expect("it ends").expect("an output")
}

/// Scenario: a detector fails. Guarantee: the host does not start, and shows the detector in the file.
#[tokio::test]
async fn a_failure_has_its_place() {
    let file = written(&config("{detectors: [ecs, env], timeout: 1s}"));
    let output = end(spawn(&file, &[("OTEL_RESOURCE_ATTRIBUTES", "nonsense")])).await;
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in ["processors.resourcedetection.detectors.1: ", "the detector env failed", "nonsense", "8:40", "help:"] {
        assert!(error.contains(part), "no {part} in {error}");
    }
}

/// Scenario: the platform ends the host while it waits for metadata. Guarantee: it ends at once, and not as a failure.
#[tokio::test]
async fn it_can_be_stopped_while_it_waits() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let file = written(&config("{detectors: [ecs], timeout: 1h}"));
    let child = spawn(&file, &[(ADDRESS, &url)]);
    let asked = tokio::time::timeout(PATIENCE, listener.accept()).await.expect("it asks").expect("a connection");
    let id = child.id().expect("it runs").to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.expect("kill").success());
    let output = end(child).await;
    drop(asked);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
