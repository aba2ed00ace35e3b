//! Several detectors: their order, retries, time.

use std::time::Duration;

use clock::Clock;
use component::variables::Variables;
use delivery::Retry;
use http::{Method, StatusCode};

use super::fake::Fake;
use super::{detected, ec2, ecs, is_asked, manual, plain, settings};
use crate::resource_detection::detector::Detector;
use crate::resource_detection::env;
use crate::resource_detection::settings::{Missing, Settings};

const TASK: &str = r#"{"TaskARN": "arn:aws:ecs:eu-west-1:1:task/a/b", "Family": "from-ecs"}"#;

fn env() -> Detector {
    Detector::Env(env::Settings::default())
}

fn failing() -> Option<(StatusCode, String)> {
    Some((StatusCode::INTERNAL_SERVER_ERROR, "not yet".into()))
}

fn quick() -> Retry {
    Retry { initial: Some(Duration::from_millis(1)), ..settings([]).retry }
}

/// Scenario: two detectors find one attribute. Guarantee: the first of the list has the say, whichever answers first.
#[tokio::test]
async fn the_first_has_the_say() {
    let fake = Fake::start().await.say("/task", TASK).say("/", "{}");
    let variables = Variables::fixed([
        ("ECS_CONTAINER_METADATA_URI_V4", &*fake.url()),
        ("OTEL_RESOURCE_ATTRIBUTES", "aws.ecs.task.family=from-env,a=b"),
    ]);
    for (detectors, expected) in [([env(), ecs()], "from-env"), ([ecs(), env()], "from-ecs")] {
        let found = detected(settings(detectors), &Clock::system(), &variables).await.expect("attributes").attributes;
        assert_eq!(found.get("aws.ecs.task.family"), Some(&expected.into()));
        assert_eq!(found.get("a"), Some(&"b".into()));
        assert_eq!(found.get("cloud.region"), Some(&"eu-west-1".into()));
    }
}

/// Scenario: a detector fails at first. Guarantee: it is asked again, and attempts are counted by what came of them.
#[tokio::test]
async fn failures_are_tried_again() {
    let fake = Fake::start().await.then(Method::GET, "/task", failing()).then(Method::GET, "/task", failing());
    let fake = fake.say("/task", TASK).say("/", "{}");
    let variables = Variables::fixed([("ECS_CONTAINER_METADATA_URI_V4", &*fake.url())]);
    let settings = Settings { retry: quick(), ..settings([ecs(), env()]) };
    let found = detected(settings, &Clock::system(), &variables).await.expect("attributes");
    let seen: Vec<_> = found.seen.iter().map(|seen| (seen.detector, seen.found, seen.failed, seen.absent)).collect();
    assert_eq!(seen, [("ecs", 1, 2, 0), ("env", 1, 0, 0)]);
    assert!(found.seen.iter().all(|seen| seen.seconds >= 0.0));
}

/// Scenario: retries are off, or what is wrong stays wrong. Guarantee: one attempt, and an error at the place of the detector,
/// which says what to do.
#[tokio::test]
async fn errors_have_their_place() {
    let fake = Fake::start().await.then(Method::GET, "/task", failing());
    let variables =
        Variables::fixed([("ECS_CONTAINER_METADATA_URI_V4", &*fake.url()), ("OTEL_RESOURCE_ATTRIBUTES", "nonsense")]);
    let retry = Retry { initial: None, ..quick() };
    let settings = Settings { retry, ..settings([ecs(), env()]) };
    let problems = detected(settings, &Clock::system(), &variables).await.expect_err("errors");
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["processors.resourcedetection.detectors.0", "processors.resourcedetection.detectors.1"]);
    assert!(problems[0].message.contains("the detector ecs failed"), "{}", problems[0].message);
    assert!(problems[0].message.contains("500 Internal Server Error: not yet"), "{}", problems[0].message);
    assert!(problems[1].message.contains(r#""nonsense" has no ="#), "{}", problems[1].message);
    assert!(problems.iter().all(|problem| !problem.help.is_empty()));
    assert_eq!(fake.asked().len(), 1);
}

/// Scenario: the services say nothing. Guarantee: when the time is over ECS, which must be there, is an error, and EC2, which
/// may be anywhere, is not there; both waited at the same time.
#[tokio::test]
async fn silence() {
    let (clock, hand) = manual();
    let task = Fake::start().await.then(Method::GET, "/task", None);
    let imds = Fake::start().await.then(Method::PUT, "/latest/api/token", None);
    let variables = Variables::fixed([
        ("ECS_CONTAINER_METADATA_URI_V4", &*task.url()),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &*imds.url()),
    ]);
    let detecting = detected(settings([Detector::Ec2(ec2()), ecs()]), &clock, &variables);
    let moving = async {
        is_asked(&task, 1).await;
        is_asked(&imds, 1).await;
        hand.advance(Duration::from_secs(5));
    };
    let (problems, ()) = tokio::join!(detecting, moving);
    let problems = problems.expect_err("an error");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].path, "processors.resourcedetection.detectors.1");
    assert!(problems[0].message.contains("within the time"), "{}", problems[0].message);
}

/// Scenario: one attempt hangs, all attempts may take longer. Guarantee: the attempt is given up and made again.
#[tokio::test]
async fn an_attempt_that_hangs() {
    let (clock, hand) = manual();
    let fake = Fake::start().await.then(Method::GET, "/task", None).say("/task", TASK).say("/", "{}");
    let variables = Variables::fixed([("ECS_CONTAINER_METADATA_URI_V4", &*fake.url())]);
    let retry = Retry { initial: Some(Duration::ZERO), ..quick() };
    let settings =
        Settings { retry, attempt: Duration::from_secs(2), whole: Duration::from_secs(60), ..settings([ecs()]) };
    let moving = async {
        is_asked(&fake, 1).await;
        hand.advance(Duration::from_secs(2));
    };
    let (found, ()) = tokio::join!(detected(settings, &clock, &variables), moving);
    let found = found.expect("attributes");
    assert_eq!(found.attributes.get("aws.ecs.task.family"), Some(&"from-ecs".into()));
    assert_eq!((found.seen[0].failed, found.seen[0].found), (1, 1));
}

/// Scenario: the host runs neither on ECS nor on EC2. Guarantee: nothing is found, which is an error only where
/// `fail_on_missing_metadata` says so.
#[tokio::test]
async fn missing_metadata() {
    let variables = Variables::fixed([("AWS_EC2_METADATA_DISABLED", "true")]);
    let missing = |missing| {
        let mut settings = settings([ecs(), Detector::Ec2(ec2()), env()]);
        settings.detectors.iter_mut().for_each(|listed| listed.missing = missing);
        settings
    };
    let found = detected(missing(Missing::Fine), &Clock::system(), &variables).await.expect("nothing");
    assert_eq!(found.attributes, plain([]));
    assert_eq!(found.seen.iter().map(|seen| seen.absent).collect::<Vec<_>>(), [1, 1, 0]);
    let problems = detected(missing(Missing::Error), &Clock::system(), &variables).await.expect_err("errors");
    assert_eq!(problems.len(), 2);
    assert!(problems[0].message.contains("ECS_CONTAINER_METADATA_URI_V4 is not set"), "{}", problems[0].message);
}

/// Scenario: an environment with more than streams should carry. Guarantee: an error, at the detector.
#[tokio::test]
async fn too_much() {
    let many: Vec<String> = (0..257).map(|number| format!("k{number}=v")).collect();
    let large: Vec<String> = (0..80).map(|number| format!("k{number}={}", "v".repeat(250))).collect();
    for (text, expected) in [(many.join(","), "257 attributes"), (large.join(","), "bytes of attributes")] {
        let variables = Variables::fixed([("OTEL_RESOURCE_ATTRIBUTES", &*text)]);
        let problems = detected(settings([env()]), &Clock::system(), &variables).await.expect_err("an error");
        assert_eq!(problems[0].path, "processors.resourcedetection.detectors.0");
        assert!(problems[0].message.contains(expected), "{}", problems[0].message);
    }
}
