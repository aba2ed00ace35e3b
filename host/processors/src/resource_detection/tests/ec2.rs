//! Documents in the form of the AWS documentation, "Instance identity documents for Amazon EC2 instances".

use http::{Method, StatusCode};

use super::fake::Fake;
use super::{ec2 as settings, plain, sources};
use crate::resource_detection::attributes::Attributes;
use crate::resource_detection::ec2::{Settings, attributes, detect};
use crate::resource_detection::failure::Failure;
use component::variables::Variables;

const DOCUMENT: &str = r#"{
  "devpayProductCodes" : null,
  "marketplaceProductCodes" : [ "1abc2defghijklm3nopqrs4tu" ],
  "availabilityZone" : "us-west-2b",
  "privateIp" : "10.158.112.84",
  "version" : "2017-09-30",
  "instanceId" : "i-1234567890abcdef0",
  "billingProducts" : null,
  "instanceType" : "t2.micro",
  "accountId" : "123456789012",
  "imageId" : "ami-5fb8c835",
  "pendingTime" : "2016-11-19T16:32:11Z",
  "architecture" : "x86_64",
  "kernelId" : null,
  "ramdiskId" : null,
  "region" : "us-west-2"
}"#;

const TOKEN: &str = "/latest/api/token";
const IDENTITY: &str = "/latest/dynamic/instance-identity/document";
const HOSTNAME: &str = "/latest/meta-data/hostname";
const TAGS: &str = "/latest/meta-data/tags/instance";

fn expected() -> Attributes {
    plain([
        ("cloud.provider", "aws"),
        ("cloud.platform", "aws_ec2"),
        ("cloud.region", "us-west-2"),
        ("cloud.account.id", "123456789012"),
        ("cloud.availability_zone", "us-west-2b"),
        ("host.id", "i-1234567890abcdef0"),
        ("host.image.id", "ami-5fb8c835"),
        ("host.type", "t2.micro"),
    ])
}

async fn instance() -> Fake {
    let fake = Fake::start().await.then(Method::PUT, TOKEN, Some((StatusCode::OK, "the-token".into())));
    fake.say(IDENTITY, DOCUMENT).say(HOSTNAME, "ip-10-158-112-84.us-west-2.compute.internal")
}

async fn look(settings: &Settings, fake: &Fake) -> Result<Attributes, Failure> {
    let variables = Variables::fixed([("AWS_EC2_METADATA_SERVICE_ENDPOINT", &*fake.url())]);
    detect(settings, &sources(variables)).await
}

/// Scenario: the documented document, and ones that are none. Guarantee: the Collector's attributes; errors.
#[test]
fn an_identity_document() {
    assert_eq!(attributes(DOCUMENT).expect("an instance"), expected());
    for document in ["", "null", "{}", "[1]", r#"{"instanceId": 1}"#] {
        assert!(attributes(document).is_err(), "{document}");
    }
}

/// Scenario: an instance. Guarantee: one token, for a short time, is sent with each call; the host's name is found.
#[tokio::test]
async fn an_instance() {
    let fake = instance().await;
    let mut expected = expected();
    expected.set("host.name", "ip-10-158-112-84.us-west-2.compute.internal");
    assert_eq!(look(&settings(), &fake).await.expect("an instance"), expected);
    let paths = [format!("PUT {TOKEN}"), format!("GET {IDENTITY}"), format!("GET {HOSTNAME}")];
    assert_eq!(fake.asked(), paths);
    assert_eq!(fake.header("x-aws-ec2-metadata-token-ttl-seconds"), ["300", "", ""]);
    assert_eq!(fake.header("x-aws-ec2-metadata-token"), ["", "the-token", "the-token"]);
}

/// Scenario: tags are asked for by patterns; some keys could lead elsewhere. Guarantee: those that match become
/// attributes, and no other is read.
#[tokio::test]
async fn tags() {
    let fake = instance().await.say(TAGS, "Name\nteam\nteam:owner\n../secret\na b\nother");
    let fake = fake.say("/latest/meta-data/tags/instance/Name", "web-1");
    let fake = fake.say("/latest/meta-data/tags/instance/team", "a b,c");
    let fake = fake.say("/latest/meta-data/tags/instance/team:owner", "me");
    let settings = Settings { tags: vec!["^Name$".into(), "eam".into(), "secret".into()], ..settings() };
    let found = look(&settings, &fake).await.expect("an instance");
    let tags: Vec<_> = found.iter().filter(|(key, _)| key.starts_with("ec2.tag.")).collect();
    let expected = plain([("ec2.tag.Name", "web-1"), ("ec2.tag.team", "a b,c"), ("ec2.tag.team:owner", "me")]);
    assert_eq!(tags, expected.iter().collect::<Vec<_>>());
    assert_eq!(fake.asked().len(), 7);
    // Tags may not be in the metadata.
    let error = look(&settings, &instance().await).await.expect_err("no tags");
    assert!(!error.may_retry() && error.to_string().contains("no tags"), "{error}");
}

/// Scenario: the service is switched off, or another cloud's; it is no instance; nobody listens; it is to be left alone.
/// Guarantee: nothing is found, which is no error.
#[tokio::test]
async fn no_instance() {
    for status in [403, 404, 405] {
        let answer = Some((StatusCode::from_u16(status).expect("a status"), "no".to_owned()));
        let fake = Fake::start().await.then(Method::PUT, TOKEN, answer);
        let found = look(&settings(), &fake).await;
        assert!(matches!(found, Err(Failure::Absent(_))), "{status}: {found:?}");
    }
    let fake = Fake::start().await.then(Method::PUT, TOKEN, Some((StatusCode::OK, "the-token".into())));
    let found = look(&settings(), &fake).await;
    assert!(matches!(found, Err(Failure::Absent(_))), "no document: {found:?}");
    let settings = Settings { attempts: Some(1), ..settings() };
    let nobody = Variables::fixed([("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")]);
    let off = Variables::fixed([("AWS_EC2_METADATA_DISABLED", "TRUE")]);
    for variables in [nobody, off] {
        let found = detect(&settings, &sources(variables)).await;
        assert!(matches!(found, Err(Failure::Absent(_))), "{found:?}");
    }
}

/// Scenario: the service fails for a while; the host's name cannot be had. Guarantee: failed calls are made again, as often as
/// configured; the other attributes are found.
#[tokio::test]
async fn failing_calls() {
    let failing = || Some((StatusCode::SERVICE_UNAVAILABLE, "later".to_owned()));
    let fake = Fake::start().await.then(Method::PUT, TOKEN, failing());
    let fake = fake.then(Method::PUT, TOKEN, Some((StatusCode::OK, "the-token".into()))).say(IDENTITY, DOCUMENT);
    assert_eq!(look(&settings(), &fake).await.expect("an instance"), expected());
    assert_eq!(fake.asked().len(), 4);
    let fake = Fake::start().await.then(Method::PUT, TOKEN, failing());
    let settings = Settings { attempts: Some(2), ..settings() };
    let error = look(&settings, &fake).await.expect_err("it fails");
    assert!(error.may_retry() && error.to_string().contains("503"), "{error}");
    assert_eq!(fake.asked().len(), 2);
}

/// Scenario: a token that is no header; an address that is far away. Guarantee: errors.
#[tokio::test]
async fn hostile_answers() {
    let fake = Fake::start().await.then(Method::PUT, TOKEN, Some((StatusCode::OK, "a\nb".into())));
    assert!(look(&settings(), &fake).await.is_err_and(|error| error.to_string().contains("token")));
    let far = Variables::fixed([("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://10.0.0.1")]);
    let error = detect(&settings(), &sources(far)).await.expect_err("an error");
    assert!(!error.may_retry() && error.to_string().contains("AWS_EC2_METADATA_SERVICE_ENDPOINT"), "{error}");
}
