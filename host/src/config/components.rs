//! The blocks of components: from keys as written to settings as meant. Keys, defaults and bounds are the Collector's.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use serde_json::{Map, Value as Json};

use super::block::{At, Block};
use super::report::{Place, Report};
use super::yaml::{Node, Value};
use crate::exporters::prometheus;
use crate::guest::DELTA_TO_CUMULATIVE;
use crate::otlp::receiver::{self, GRPC_MESSAGE_BYTES, HTTP_BODY_BYTES, Protocol};
use crate::pipeline::build::GuestSettings;
use crate::processors::memory_limiter;
use crate::remote_write::labels::{Labelling, ResourceLabels, ScopeLabels};
use crate::remote_write::names::{self, LabelRule, Strategy};
use crate::remote_write::settings::{self as remote_write, Batching, QUEUE_BYTES, Retry, TargetInfo};

const MIB: u64 = 1 << 20;

/// `receivers.otlp`: one endpoint for each protocol.
pub fn otlp(id: &str, node: &Node, path: &str, report: &mut Report) -> Vec<receiver::Settings> {
    let mut block = Block::of(node, path, report);
    let mut endpoints = Vec::new();
    if let Some(mut protocols) = block.block("protocols", report) {
        if let Some(mut grpc) = protocols.block("grpc", report) {
            let endpoint = grpc.text("endpoint", report).map_or("localhost:4317".into(), |at| at.value);
            let limit = grpc.integer("max_recv_msg_size_mib", 0, report).filter(|at| at.value > 0);
            let limit = limit.map_or(GRPC_MESSAGE_BYTES, |at| bytes_of_mib(at.value));
            grpc.finish(report);
            endpoints.push(receiver::Settings { id: id.into(), protocol: Protocol::Grpc, endpoint, limit });
        }
        if let Some(mut http) = protocols.block("http", report) {
            let endpoint = http.text("endpoint", report).map_or("localhost:4318".into(), |at| at.value);
            let limit = http.integer("max_request_body_size", 0, report).filter(|at| at.value > 0);
            let limit = limit.map_or(HTTP_BODY_BYTES, |at| at.value as usize);
            http.finish(report);
            endpoints.push(receiver::Settings { id: id.into(), protocol: Protocol::Http, endpoint, limit });
        }
        protocols.finish(report);
    }
    if endpoints.is_empty() && !report.has_errors() {
        let help = "write protocols: {grpc: {}, http: {}}, or one of the two";
        report.error(block.place(), path, "must specify at least one protocol", help);
    }
    block.finish(report);
    endpoints
}

/// `processors.memory_limiter`.
pub fn memory_limiter(node: &Node, path: &str, report: &mut Report) -> Option<memory_limiter::Settings> {
    let mut block = Block::of(node, path, report);
    // The host's accounts are always up to date; the interval is taken for compatibility.
    if block.duration("check_interval", report).is_none_or(|at| at.value.is_zero()) {
        let help = "add check_interval: 1s";
        report.error(block.place(), path, "check_interval must be greater than zero", help);
    }
    let limit = block.integer("limit_mib", 1, report);
    let spike = block.integer("spike_limit_mib", 0, report);
    let place = block.place();
    block.finish(report);
    let Some(limit) = limit else {
        report.error(
            place,
            path,
            "limit_mib must be greater than zero",
            "add limit_mib: 512, or what the host may hold",
        );
        return None;
    };
    // The Collector's default spike is a fifth.
    let spike = spike.filter(|at| at.value > 0).unwrap_or(At { place, value: limit.value / 5 });
    if spike.value >= limit.value {
        let message = format!("spike_limit_mib ({}) must be smaller than limit_mib ({})", spike.value, limit.value);
        report.error(spike.place, path, message, "");
    }
    Some(memory_limiter::Settings { limit: bytes_of_mib(limit.value), spike: bytes_of_mib(spike.value) })
}

fn bytes_of_mib(mib: u64) -> usize {
    usize::try_from(mib.saturating_mul(MIB)).unwrap_or(usize::MAX)
}

/// `processors.batch`: how remote-write requests of the pipeline are filled.
pub fn batch(node: &Node, path: &str, report: &mut Report) -> Batching {
    let mut block = Block::of(node, path, report);
    let wait = block.duration("timeout", report).map_or(Duration::from_millis(200), |at| at.value);
    let size = block.integer("send_batch_size", 0, report).map_or(8192, |at| at.value);
    let most = block.integer("send_batch_max_size", 0, report);
    if let Some(most) = most.filter(|at| at.value > 0 && at.value < size) {
        let message = format!("send_batch_max_size ({}) must not be smaller than send_batch_size ({size})", most.value);
        report.error(most.place, path, message, "");
    }
    block.finish(report);
    Batching { samples: (size as usize).max(1), wait, ..Batching::default() }
}

/// `processors.delta_to_cumulative`: everything but `module` goes to the guest.
pub fn delta_to_cumulative(id: &str, node: &Node, path: &str, report: &mut Report) -> GuestSettings {
    let mut block = Block::of(node, path, report);
    let module = block.text("module", report).map(|at| PathBuf::from(at.value));
    let mut settings = Map::new();
    let mut places = vec![(String::new(), block.place())];
    for (key, node) in block.entries().filter(|(key, _)| key.text != "module") {
        note_places(&key.text, key.place, node, &mut places);
        settings.insert(key.text.clone(), json(node));
    }
    block.leave();
    GuestSettings {
        id: id.into(),
        embedded: DELTA_TO_CUMULATIVE,
        module,
        settings: Json::Object(settings).to_string(),
        places,
    }
}

/// Where each path of a guest's settings stands, for the problems that it reports.
fn note_places(path: &str, place: Place, node: &Node, places: &mut Vec<(String, Place)>) {
    places.push((path.to_owned(), place));
    match &node.value {
        Value::Map(entries) => {
            for (key, node) in entries {
                note_places(&format!("{path}.{}", key.text), key.place, node, places);
            }
        }
        Value::List(items) => {
            for (index, node) in items.iter().enumerate() {
                note_places(&format!("{path}.{index}"), node.place, node, places);
            }
        }
        Value::Null | Value::Plain(_) | Value::Quoted(_) => {}
    }
}

fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Quoted(text) => Json::String(text.clone()),
        Value::Plain(text) => match serde_json::from_str(text) {
            Ok(typed @ (Json::Number(_) | Json::Bool(_))) => typed,
            _ => Json::String(text.clone()),
        },
        Value::List(items) => Json::Array(items.iter().map(json).collect()),
        Value::Map(entries) => Json::Object(entries.iter().map(|(key, node)| (key.text.clone(), json(node))).collect()),
    }
}

/// `exporters.prometheus_remote_write`.
pub fn remote_write(id: &str, node: &Node, path: &str, report: &mut Report) -> Option<remote_write::Settings> {
    let mut block = Block::of(node, path, report);
    let endpoint = endpoint(&mut block, report);
    let headers = headers(&mut block, report);
    let timeout = block.duration("timeout", report).map_or(Duration::from_secs(5), |at| at.value);
    let retry = retry(&mut block, report);
    let queue_requests = queue(&mut block, report);
    let bytes = block.integer("max_batch_size_bytes", 1, report);
    let labelling = labelling(&mut block, "external_labels", report);
    let target_info = match switch(&mut block, "target_info", report) {
        Some(false) => TargetInfo::Omitted,
        _ => TargetInfo::Written,
    };
    block.finish(report);
    let mut batch = Batching::default();
    batch.bytes = bytes.map_or(batch.bytes, |at| at.value as usize);
    Some(remote_write::Settings {
        id: id.into(),
        endpoint: endpoint?,
        headers,
        labelling,
        target_info,
        timeout: if timeout.is_zero() { Duration::MAX } else { timeout },
        retry,
        queue_requests,
        queue_bytes: QUEUE_BYTES,
        batch,
    })
}

fn endpoint(block: &mut Block<'_>, report: &mut Report) -> Option<Uri> {
    let help = "write the full address, such as http://localhost:9090/api/v1/write";
    let Some(At { place, value }) = block.text("endpoint", report) else {
        report.error(block.place(), &block.path_of("endpoint"), "required", help);
        return None;
    };
    let uri: Option<Uri> = value.parse().ok();
    let uri = uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some());
    if uri.is_none() {
        report.error(place, &block.path_of("endpoint"), format!("{value:?} is no address of a server"), help);
    }
    uri
}

fn headers(block: &mut Block<'_>, report: &mut Report) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in block.text_map("headers", report) {
        match (name.value.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
            (Ok(header), Ok(value)) => drop(headers.insert(header, value)),
            _ => report.error(name.place, &block.path_of("headers"), format!("{} is no valid header", name.value), ""),
        }
    }
    headers
}

fn retry(block: &mut Block<'_>, report: &mut Report) -> Retry {
    let mut retry = Retry::default();
    let Some(mut block) = block.block("retry_on_failure", report) else { return retry };
    if let Some(at) = block.duration("initial_interval", report) {
        retry.initial = Some(at.value);
    }
    if block.boolean("enabled", report) == Some(false) {
        retry.initial = None;
    }
    retry.jitter = block.number("randomization_factor", report).unwrap_or(retry.jitter).min(1.0);
    retry.multiplier = block.number("multiplier", report).unwrap_or(retry.multiplier).max(1.0);
    if let Some(at) = block.duration("max_interval", report) {
        retry.longest = at.value;
    }
    if let Some(at) = block.duration("max_elapsed_time", report) {
        retry.give_up = (!at.value.is_zero()).then_some(at.value);
        if retry.give_up.is_some_and(|limit| limit < retry.longest) && retry.initial.is_some() {
            let path = block.path_of("max_elapsed_time");
            report.error(at.place, &path, "must not be shorter than max_interval", "or 0 for no limit");
        }
    }
    block.finish(report);
    retry
}

fn queue(block: &mut Block<'_>, report: &mut Report) -> usize {
    /// The Collector's default.
    const REQUESTS: usize = 10_000;
    let Some(mut block) = block.block("remote_write_queue", report) else { return REQUESTS };
    if block.boolean("enabled", report) == Some(false) {
        report.error(block.place(), &block.path_of("enabled"), "this version always has a queue", "remove the key");
    }
    // Requests of one shard go out in order, one at a time; shards take the place of consumers.
    let _ = block.integer("num_consumers", 1, report);
    let requests = block.integer("queue_size", 1, report).map_or(REQUESTS, |at| at.value as usize);
    block.finish(report);
    requests
}

/// A block of which this version reads `enabled` only.
fn switch(block: &mut Block<'_>, key: &'static str, report: &mut Report) -> Option<bool> {
    let mut block = block.block(key, report)?;
    let enabled = block.boolean("enabled", report);
    block.finish(report);
    enabled
}

fn labelling(block: &mut Block<'_>, external: &'static str, report: &mut Report) -> Labelling {
    let strategy = strategy(block, report);
    let label_rule = match block.text("label_names", report) {
        Some(at) if at.value == "collapse" => LabelRule::Collapse,
        Some(at) if at.value != "preserve" => {
            let help = "preserve (the Collector since 0.162) or collapse (before)";
            report.error(at.place, &block.path_of("label_names"), format!("unknown rule {:?}", at.value), help);
            LabelRule::Preserve
        }
        _ => LabelRule::Preserve,
    };
    let mut labels = BTreeMap::new();
    for (name, value) in block.text_map(external, report) {
        match names::label(strategy, label_rule, &name.value) {
            Ok(label) if !value.is_empty() => drop(labels.insert(label, value)),
            _ => report.error(name.place, &block.path_of(external), format!("{}: no valid label", name.value), ""),
        }
    }
    let mut resource = ResourceLabels::None;
    if let Some(mut block) = block.block("resource_to_telemetry_conversion", report) {
        let enabled = block.boolean("enabled", report) == Some(true);
        let without_service = block.boolean("exclude_service_attributes", report) == Some(true);
        resource = match (enabled, without_service) {
            (false, _) => ResourceLabels::None,
            (true, false) => ResourceLabels::All,
            (true, true) => ResourceLabels::AllButService,
        };
        block.finish(report);
    }
    let scope = if block.boolean("disable_scope_info", report) == Some(true) {
        ScopeLabels::Omitted
    } else {
        ScopeLabels::Included
    };
    let namespace = block.text("namespace", report).map(|at| at.value).unwrap_or_default();
    Labelling { strategy, label_rule, namespace, external: labels, resource, scope }
}

fn strategy(block: &mut Block<'_>, report: &mut Report) -> Strategy {
    let suffixes = block.boolean("add_metric_suffixes", report);
    let named = block.text("translation_strategy", report);
    match named.as_ref().map(|at| at.value.as_str()) {
        None | Some("") if suffixes == Some(false) => Strategy::UnderscoreEscapingWithoutSuffixes,
        None | Some("" | "UnderscoreEscapingWithSuffixes") => Strategy::UnderscoreEscapingWithSuffixes,
        Some("UnderscoreEscapingWithoutSuffixes") => Strategy::UnderscoreEscapingWithoutSuffixes,
        Some(other) => {
            let message = match other {
                "NoTranslation" | "NoUTF8EscapingWithSuffixes" => {
                    format!("{other} requires Prometheus Remote Write 2.0")
                }
                _ => format!("unknown strategy {other:?}"),
            };
            let help = "UnderscoreEscapingWithSuffixes or UnderscoreEscapingWithoutSuffixes";
            let place = named.as_ref().map_or(block.place(), |at| at.place);
            report.error(place, &block.path_of("translation_strategy"), message, help);
            Strategy::default()
        }
    }
}

/// `exporters.prometheus`.
pub fn prometheus(id: &str, node: &Node, path: &str, report: &mut Report) -> Option<prometheus::Settings> {
    let mut block = Block::of(node, path, report);
    let endpoint = block.text("endpoint", report);
    if endpoint.is_none() {
        let help = "write where the page is served, such as endpoint: localhost:9464";
        report.error(block.place(), &block.path_of("endpoint"), "required", help);
    }
    let labelling = labelling(&mut block, "const_labels", report);
    block.finish(report);
    Some(prometheus::Settings { id: id.into(), endpoint: endpoint?.value, labelling })
}
