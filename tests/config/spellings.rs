//! The Collector has renamed much. Old and new spellings mean the same, and both at once are questioned.

use std::time::Duration;

use prometheus::labels::ResourceLabels;

use crate::attempt::{Attempt, VALID, read, valid_but};
use crate::meaning::{guests, needs, remote_write};

const NEW_TYPES: [(&str, &str); 2] =
    [("deltatocumulative", "delta_to_cumulative"), ("prometheusremotewrite", "prometheus_remote_write")];

/// Types under their old names; ids stay as written.
#[test]
fn old_types() {
    let old = NEW_TYPES.iter().fold(VALID.to_owned(), |text, (old, new)| text.replace(new, old));
    let (old, new) = (read(&old).flawless(), read(VALID).flawless());
    assert_eq!(needs(guests(&old)[0]).max_idle, needs(guests(&new)[0]).max_idle);
    assert_eq!(remote_write(&old).endpoint, remote_write(&new).endpoint);
    assert_eq!((remote_write(&old).id.as_str(), remote_write(&new).id.as_str()), NEW_TYPES[1]);
}

/// A pipeline must use the spelling of the section.
#[test]
fn two_spellings_of_one_component() {
    valid_but("exporters: [prometheus_remote_write]", "exporters: [prometheusremotewrite]").is_error(
        26,
        19,
        "service.pipelines.metrics.exporters",
        &["not configured"],
        &["as prometheus_remote_write", "one spelling"],
    );
}

fn exporter_with(keys: &str) -> Attempt {
    valid_but("    endpoint: http://localhost:9090/api/v1/write", keys)
}

const FLAT: &str = "    endpoint: http://localhost:9090/api/v1/write\n";

/// Resource attributes as labels, in the words before and since 0.160.
#[test]
fn resource_labels() {
    let service = "[service.name, service.namespace, service.instance.id]";
    for (keys, expected) in [
        ("resource_to_telemetry_conversion: {enabled: true}".to_owned(), ResourceLabels::All),
        (
            "resource_to_telemetry_conversion: {enabled: true, exclude_service_attributes: true}".to_owned(),
            ResourceLabels::AllButService,
        ),
        ("resource_constant_labels: {included: ['*']}".to_owned(), ResourceLabels::All),
        (format!("resource_constant_labels: {{excluded: {service}}}"), ResourceLabels::AllButService),
        ("resource_constant_labels: {}".to_owned(), ResourceLabels::None),
    ] {
        let settings = exporter_with(&format!("{FLAT}    {keys}")).flawless();
        assert_eq!(remote_write(&settings).labelling.resource, expected, "{keys}");
    }
}

/// The Collector refuses both names of one thing.
#[test]
fn resource_labels_twice() {
    let (new, old) =
        ("resource_constant_labels: {included: ['*']}", "resource_to_telemetry_conversion: {enabled: true}");
    exporter_with(&format!("{FLAT}    {new}\n    {old}")).is_error(
        20,
        5,
        "exporters.prometheus_remote_write.resource_to_telemetry_conversion",
        &["old name of resource_constant_labels"],
        &["remove this one"],
    );
}

/// Patterns that this version cannot honour are not taken for others.
#[test]
fn patterns_of_resource_labels() {
    exporter_with(&format!("{FLAT}    resource_constant_labels: {{included: ['k8s.*']}}")).is_error(
        19,
        5,
        "exporters.prometheus_remote_write.resource_constant_labels.included",
        &["all resource attributes"],
        &["included: [\"*\"]"],
    );
}

/// The HTTP client in a block of its own, as since 0.159.
#[test]
fn the_block_http() {
    let settings = exporter_with(
        "    http:\n      endpoint: https://example.org/write\n      timeout: 3s\n      headers: {X-Scope-OrgID: a}",
    )
    .flawless();
    let exporter = remote_write(&settings);
    assert_eq!(exporter.endpoint.to_string(), "https://example.org/write");
    assert_eq!(exporter.timeout, Duration::from_secs(3));
    assert_eq!(exporter.headers["x-scope-orgid"], "a");
}

/// The Collector ignores the flat key beside the block, and then writes to a placeholder.
#[test]
fn flat_keys_beside_the_block_http() {
    exporter_with(&format!("{FLAT}    http: {{endpoint: http://localhost/write}}")).is_error(
        18,
        5,
        "exporters.prometheus_remote_write.endpoint",
        &["does not read this key", "http"],
        &["http.endpoint"],
    );
}

/// The smaller of the two timeouts cuts an attempt.
#[test]
fn two_timeouts() {
    let settings =
        exporter_with("    timeout: 2s\n    http: {endpoint: http://localhost/write, timeout: 3s}").flawless();
    assert_eq!(remote_write(&settings).timeout, Duration::from_secs(2));
}
