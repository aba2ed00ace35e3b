//! Whole blocks, from YAML to what the guest makes of a stream: which streams are meant.
//!
//! What is expected is what the Collector's READMEs of the attributes and filter processors say of include, exclude and
//! conditions.

use std::any::Any;

use component::processor::{Kind, Settings};
use config::report::Report;
use config::schema::Site;
use config::yaml;
use model::{AttributeValue as Value, StreamDescription};
use processors::guest::settings::GuestSettings;
use serde_json::Value as Json;

use super::{Outcome, attribute, shape, stream, text};

/// The guest's settings of a block.
#[track_caller]
fn settings(kind: &Kind, block: &str) -> Json {
    let mut report = Report::new("block.yaml", block);
    let node = yaml::parse(block, &mut report).expect("YAML");
    let settings = (kind.read)("id", Site { node: &node, path: "id" }, &mut report);
    assert!(report.problems().is_empty(), "{report}");
    let Some(Settings::Stage(stage)) = settings else { panic!("no stage: {block}") };
    let stage: &dyn Any = &*stage;
    let guest: &GuestSettings = stage.downcast_ref().expect("a guest");
    serde_json::from_str(&guest.settings).expect("JSON")
}

/// A stream with that name and with `zone` in its resource.
fn of(name: &str, zone: Option<Value>) -> StreamDescription {
    let mut resource = vec![text("host.name", "laptop")];
    resource.extend(zone.map(|zone| attribute("zone", zone)));
    StreamDescription { name: name.into(), resource, ..stream() }
}

/// Streams of two metrics in two zones and in none: which of them a block of `filter` keeps.
#[track_caller]
fn kept(block: &str) -> Vec<String> {
    let settings = settings(&processors::filter::KIND, block);
    let mut kept = Vec::new();
    for name in ["http.requests", "rpc.calls"] {
        for zone in [Some("eu-1"), Some("us-1"), None] {
            let stream = of(name, zone.map(|zone| Value::Text(zone.into())));
            match shape(&settings, &stream).0 {
                Outcome::Passed => kept.push(format!("{name} {}", zone.unwrap_or("-"))),
                Outcome::Dropped(0) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    kept
}

const HTTP: [&str; 3] = ["http.requests eu-1", "http.requests us-1", "http.requests -"];
const RPC: [&str; 3] = ["rpc.calls eu-1", "rpc.calls us-1", "rpc.calls -"];

/// Names are regexes somewhere in a name, or whole names; all but the included are dropped, and what is excluded.
#[test]
fn filter_by_names() {
    for (block, expected) in [
        ("{include: {match_type: strict, metric_names: [http.requests]}}", HTTP.to_vec()),
        ("{exclude: {match_type: strict, metric_names: [http.requests, other]}}", RPC.to_vec()),
        ("{include: {match_type: strict, metric_names: [http]}}", vec![]),
        ("{include: {match_type: strict, metric_names: ['*']}}", vec![]),
        ("{include: {match_type: regexp, metric_names: [^http]}}", HTTP.to_vec()),
        ("{exclude: {match_type: regexp, metric_names: [ll]}}", HTTP.to_vec()),
        ("{include: {match_type: regexp, metric_names: ['']}}", [HTTP, RPC].concat()),
        (
            "{include: {match_type: regexp, metric_names: ['.']}, exclude: {match_type: strict, metric_names: [rpc.calls]}}",
            HTTP.to_vec(),
        ),
    ] {
        assert_eq!(kept(&format!("metrics: {block}")), expected, "{block}");
    }
}

/// A resource must have all attributes; those without a value only have to be there. Names count beside them.
#[test]
fn filter_by_resources() {
    let zone = |zone: &str| [format!("http.requests {zone}"), format!("rpc.calls {zone}")];
    let with_zone = ["http.requests eu-1", "http.requests us-1", "rpc.calls eu-1", "rpc.calls us-1"];
    for (block, expected) in [
        ("{include: {match_type: strict, resource_attributes: [{key: zone, value: eu-1}]}}", zone("eu-1").to_vec()),
        ("{include: {match_type: strict, resource_attributes: [{key: zone}]}}", with_zone.map(String::from).to_vec()),
        ("{exclude: {match_type: regexp, resource_attributes: [{key: zone, value: .}]}}", zone("-").to_vec()),
        (
            "{include: {match_type: regexp, resource_attributes: [{key: zone, value: ^eu}, {key: host.name, value: top$}]}}",
            zone("eu-1").to_vec(),
        ),
        (
            "{include: {match_type: strict, resource_attributes: [{key: zone, value: eu-1}, {key: host.name, value: x}]}}",
            vec![],
        ),
        (
            "{include: {match_type: strict, metric_names: [rpc.calls], resource_attributes: [{key: zone, value: eu-1}]}}",
            vec!["rpc.calls eu-1".into()],
        ),
        (
            "{exclude: {match_type: strict, metric_names: [rpc.calls], resource_attributes: [{key: zone, value: eu-1}]}}",
            vec!["http.requests us-1".into(), "http.requests -".into()],
        ),
    ] {
        assert_eq!(kept(&format!("metrics: {block}")), expected, "{block}");
    }
}

/// One true condition drops a stream, in each of the forms.
#[test]
fn filter_by_conditions() {
    for (block, expected) in [
        ("metrics: {metric: ['name == \"rpc.calls\"', 'name == \"other\"']}", HTTP.to_vec()),
        ("metrics: {metric: ['not IsMatch(name, \"^http\\\\.\")']}", HTTP.to_vec()),
        ("metrics: {metric: ['unit == \"tokens\" and type == METRIC_DATA_TYPE_GAUGE']}", [HTTP, RPC].concat()),
        ("metrics: {metric: ['type == METRIC_DATA_TYPE_SUM and is_monotonic == true']}", vec![]),
        ("metrics: {resource: ['attributes[\"zone\"] != nil']}", vec![HTTP[2], RPC[2]]),
        (
            "metrics: {datapoint: ['metric.name == \"rpc.calls\" or resource.attributes[\"zone\"] == nil']}",
            HTTP[..2].to_vec(),
        ),
        (
            "metrics: {resource: ['attributes[\"zone\"] == \"eu-1\"'], metric: ['name == \"rpc.calls\"']}",
            HTTP[1..].to_vec(),
        ),
        (
            "metric_conditions: ['metric.name == \"rpc.calls\" and datapoint.attributes[\"model\"] == \"opus\"']",
            HTTP.to_vec(),
        ),
        ("metric_conditions: [{context: scope, conditions: ['name == \"com.anthropic.claude_code\"']}]", vec![]),
        (
            "metric_conditions: [{conditions: ['resource.attributes[\"zone\"] < \"f\"']}]",
            vec![HTTP[1], HTTP[2], RPC[1], RPC[2]],
        ),
        (
            "metric_conditions: ['IsMatch(datapoint.attributes[\"absent\"], \"\")', 'metric.type > 2.5']",
            [HTTP, RPC].concat(),
        ),
    ] {
        assert_eq!(kept(block), expected, "{block}");
    }
}

/// Names and attributes of the resource must fit, each as it says; what is excluded is left as it is.
#[test]
fn attributes_of_some_streams() {
    let eu = || Some(Value::Text("eu-1".into()));
    for (conditions, name, zone, changes) in [
        ("", "http.requests", None, true),
        ("include: {match_type: strict, metric_names: [http.requests]}", "http.requests", None, true),
        ("include: {match_type: strict, metric_names: [http.requests]}", "rpc.calls", None, false),
        ("include: {match_type: regexp, metric_names: [^rpc, ^http]}", "rpc.calls", None, true),
        ("include: {match_type: strict, resources: [{key: zone, value: eu-1}]}", "rpc.calls", eu(), true),
        ("include: {match_type: strict, resources: [{key: zone, value: eu-1}]}", "rpc.calls", None, false),
        ("include: {match_type: strict, metric_names: [x], resources: [{key: zone}]}", "rpc.calls", eu(), false),
        ("include: {match_type: strict, resources: [{key: zone, value: 1}]}", "n", Some(Value::Integer(1)), true),
        ("include: {match_type: strict, resources: [{key: zone, value: '1'}]}", "n", Some(Value::Integer(1)), false),
        ("include: {match_type: strict, resources: [{key: zone, value: 1}]}", "n", Some(Value::Double(1.0)), false),
        ("include: {match_type: regexp, resources: [{key: zone, value: ^1$}]}", "n", Some(Value::Integer(1)), true),
        ("exclude: {match_type: strict, metric_names: [n]}", "n", None, false),
        ("exclude: {match_type: strict, metric_names: [n]}", "m", None, true),
    ] {
        let block = format!("{conditions}\nactions: [{{key: model, action: delete}}]");
        let settings = settings(&processors::attributes::KIND, &block);
        let (outcome, _) = shape(&settings, &of(name, zone.clone()));
        assert_eq!(outcome != Outcome::Passed, changes, "{conditions} {name} {zone:?}");
    }
}

/// What a processor looks at, and no more, is asked of the host: 1 resource, 2 scope, 3 point.
#[test]
fn reads() {
    for (kind, block, reads) in [
        (&processors::filter::KIND, "metrics: {exclude: {match_type: regexp, metric_names: [a]}}", vec![]),
        (&processors::filter::KIND, "metric_conditions: ['metric.type == METRIC_DATA_TYPE_SUMMARY']", vec![]),
        (&processors::filter::KIND, "metrics: {resource: ['attributes[\"a\"] == nil']}", vec![1]),
        (&processors::resource::KIND, "attributes: [{key: a, action: delete}]", vec![1]),
        (&processors::attributes::KIND, "actions: [{key: a, action: delete}]", vec![3]),
    ] {
        assert_eq!(shape(&settings(kind, block), &stream()).1, reads, "{block}");
    }
}

/// YAML says which type a value has.
#[test]
fn values() {
    for (written, value) in [
        ("1", Value::Integer(1)),
        ("'1'", Value::Text("1".into())),
        ("-0x10", Value::Integer(-16)),
        ("1.0", Value::Double(1.0)),
        ("1e3", Value::Double(1000.0)),
        ("true", Value::Boolean(true)),
        ("\"true\"", Value::Text("true".into())),
        ("yes", Value::Text("yes".into())),
        ("a b", Value::Text("a b".into())),
    ] {
        let block = format!("actions: [{{key: model, action: update, value: {written}}}]");
        let (outcome, _) = shape(&settings(&processors::attributes::KIND, &block), &stream());
        let Outcome::Changed(changed) = outcome else { panic!("{written}: {outcome:?}") };
        assert_eq!(changed.attributes[0], attribute("model", value), "{written}");
    }
}
