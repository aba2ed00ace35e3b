//! The block of `resource_detection`.

use std::any::Any;
use std::time::Duration;

use component::processor::StageSettings;
use processors::resource_detection::detector::Detector;
use processors::resource_detection::settings::{Existing, Missing, Settings};
use processors::resource_detection::{ec2, ecs, env, system};

use crate::attempt::{Attempt, read};

fn with(block: &str) -> Attempt {
    read(&format!(
        "receivers: {{nop: }}
exporters: {{nop: }}
processors:
  resourcedetection: {block}
service: {{pipelines: {{metrics: {{receivers: [nop], processors: [resourcedetection], exporters: [nop]}}}}}}
"
    ))
}

fn settings(block: &str) -> Settings {
    let attempt = with(block);
    let settings = attempt.settings.unwrap_or_else(|| panic!("{}", attempt.report));
    let stage: &dyn StageSettings = &*settings.pipelines[0].0.stages[0];
    (stage as &dyn Any).downcast_ref::<Settings>().expect("a detection").clone()
}

/// Scenario: no key at all. Guarantee: the environment, within five seconds, and what it says has the say.
#[test]
fn nothing_written() {
    let Settings { detectors, existing, retry, attempt, whole, .. } = settings("{}");
    assert_eq!(detectors.len(), 1);
    assert_eq!(detectors[0].detector, Detector::Env(env::Settings::default()));
    assert_eq!(existing, Existing::Replaced);
    assert_eq!((attempt, whole), (Duration::from_secs(5), Duration::from_secs(5)));
    assert_eq!((retry.initial, retry.give_up), (Some(Duration::from_secs(1)), None));
}

/// Scenario: what bounds the detection. Guarantee: `timeout` the whole of it, unless `max_elapsed_time` does; then each
/// attempt.
#[test]
fn bounds() {
    let bounds = |block| {
        let Settings { attempt, whole, .. } = settings(block);
        (attempt.as_secs(), whole.as_secs())
    };
    assert_eq!(bounds("{timeout: 2s}"), (2, 2));
    assert_eq!(bounds("{timeout: 2s, retry: {max_elapsed_time: 60s}}"), (2, 60));
    assert_eq!(bounds("{timeout: 0s, retry: {max_elapsed_time: 60s}}"), (60, 60));
    assert_eq!(bounds("{timeout: 2s, retry: {enabled: false, max_elapsed_time: 60s}}"), (2, 2));
    let path = "processors.resourcedetection.timeout";
    with("{timeout: 0s}").is_error(4, 32, path, &["nothing else ends"], &["5s", "max_elapsed_time"]);
    let block = "{timeout: 0s, retry: {enabled: false, max_elapsed_time: 60s}}";
    with(block).is_error(4, 32, path, &["nothing else ends"], &["5s"]);
}

/// Scenario: all detectors with keys of their own. Guarantee: each has its own.
#[test]
fn detectors() {
    let block = "{detectors: [system, ec2, ecs], override: false, fail_on_missing_metadata: true,
    system: {hostname_sources: [os], resource_attributes: {os.type: {enabled: false}, host.arch: {enabled: true}}},
    ec2: {tags: [^a$, b], tags_from_imds: true, max_attempts: 0, resource_attributes: {host.name: {enabled: false}}},
    ecs: {resource_attributes: {cloud.region: {enabled: false}, cloud.platform: {}}}}";
    let Settings { detectors, existing, .. } = settings(block);
    assert_eq!(existing, Existing::Kept);
    let missing: Vec<_> = detectors.iter().map(|listed| listed.missing).collect();
    assert_eq!(missing, [Missing::Fine, Missing::Error, Missing::Error]);
    let [system, ec2, ecs] = [0, 1, 2].map(|index| &detectors[index].detector);
    let Detector::System(system) = system else { panic!("{system:?}") };
    assert_eq!(system.hostname_sources, [system::Source::Os]);
    let on = |key| system.selection.has(key);
    assert_eq!(["os.type", "host.arch", "host.name", "host.id"].map(on), [false, true, true, false]);
    let Detector::Ec2(ec2) = ec2 else { panic!("{ec2:?}") };
    assert_eq!((ec2.tags.len(), ec2.attempts, ec2.longest_wait), (2, None, Duration::from_secs(20)));
    let off: Vec<_> = ec2::KNOWN.iter().filter(|known| !ec2.selection.has(known.key)).map(|known| known.key).collect();
    assert_eq!(off, ["host.name"]);
    let Detector::Ecs(ecs) = ecs else { panic!("{ecs:?}") };
    let off: Vec<_> = ecs::KNOWN.iter().filter(|known| !ecs.has(known.key)).map(|known| known.key).collect();
    assert_eq!(off, ["cloud.region"]);
}

/// Scenario: slips of the finger, and what only the Collector has. Guarantee: one error at the place, and what to do.
#[test]
fn errors() {
    let within = |path: &str| format!("processors.resourcedetection.{path}");
    with("{detectors: [env, esc]}").is_error(4, 40, &within("detectors.1"), &["no such detector"], &["mean ecs"]);
    with("{detectors: [gcp]}").is_error(
        4,
        35,
        &within("detectors.0"),
        &["no such detector"],
        &["env, ecs, ec2, system"],
    );
    with("{refresh_interval: 1m}").is_error(4, 41, &within("refresh_interval"), &["once"], &["remove it"]);
    with("{attributes: [a]}").is_error(4, 23, &within("attributes"), &["does not have"], &["resource_attributes"]);
    with("{ecs: {resource_attributes: {aws.ecs.task.ids: {enabled: true}}}}").is_error(
        4,
        51,
        &within("ecs.resource_attributes.aws.ecs.task.ids"),
        &["unknown key"],
        &["did you mean aws.ecs.task.id?"],
    );
    with("{ecs: {resource_attributes: {cloud.region: {enabled: 1}}}}").is_error(
        4,
        75,
        &within("ecs.resource_attributes.cloud.region.enabled"),
        &["expected true or false"],
        &[],
    );
    with("{ec2: {tags: [a]}}").is_error(4, 29, &within("ec2.tags"), &["API of EC2"], &["tags_from_imds: true"]);
    with("{ec2: {tags: ['('], tags_from_imds: true}}").is_error(
        4,
        36,
        &within("ec2.tags.0"),
        &["no regular expression"],
        &[],
    );
    let path = within("system.hostname_sources.0");
    with("{system: {hostname_sources: [hosts]}}").is_error(4, 51, &path, &["os or dns or cname or lookup"], &[]);
}

/// Scenario: keys of detectors that this host does not have, and no detectors. Guarantee: the first says nothing, as the
/// Collector; the second is a warning.
#[test]
fn nothing_to_do() {
    with("{gcp: {resource_attributes: {}}, detectors: [env]}").flawless();
    let path = "processors.resourcedetection.detectors";
    with("{detectors: []}").is_warning(4, 23, path, &["nothing is detected"], &["[env]"]);
}
