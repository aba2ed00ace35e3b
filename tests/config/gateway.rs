//! Gateways: what their exporters mean, and where these may stand.

use std::any::Any;
use std::time::Duration;

use alluvium::assembly::Settings;
use component::forwarder;
use config::place::Place;
use config::report::Severity;
use exporters::forwarding::compression::Compression;
use exporters::load_balancing::block as load_balancing;
use exporters::{otlp_grpc, otlp_http};
use forward::settings::{BATCH_BYTES, Queue};
use routing::{Profile, RoutingKey};

use crate::attempt::read;

/// A pipeline with that one exporter.
fn pipeline(exporter: &str, processors: &str) -> String {
    let id = exporter.split(':').next().unwrap_or_default();
    format!(
        "receivers:
  otlp: {{protocols: {{grpc: {{}}}}}}
processors:
  memory_limiter: {{check_interval: 1s, limit_mib: 512}}
  batch: {{timeout: 3s, send_batch_size: 100}}
  deltatocumulative: {{}}
exporters:
  {exporter}
service:
  pipelines:
    metrics:
      receivers: [otlp]
      processors: {processors}
      exporters: [{id}]
"
    )
}

/// The forwarder of the first pipeline.
fn forwarder<T: forwarder::Settings>(settings: &Settings) -> &T {
    let forwarder: &dyn Any = &*settings.pipelines[0].0.forwarders[0];
    forwarder.downcast_ref().unwrap_or_else(|| panic!("{settings:?}"))
}

/// What is written in few words has the Collector's defaults, but for what this host does differently: lanes, and retries that
/// do not end. A processor fills requests here as well.
#[test]
fn defaults() {
    let attempt = read(&pipeline("otlp: {endpoint: 'worker:4317'}", "[memory_limiter, batch]"));
    let settings = forwarder::<otlp_grpc::block::Settings>(attempt.settings.as_ref().expect("valid"));
    let call = &settings.call;
    assert_eq!((call.timeout, call.compression, call.insecure), (Duration::from_secs(5), Compression::Gzip, false));
    assert_eq!(settings.target.endpoint(), "worker:4317");
    let forward = &call.forward;
    assert_eq!(forward.retry.initial, Some(Duration::from_secs(5)));
    assert_eq!((forward.retry.longest, forward.retry.give_up), (Duration::from_secs(30), None));
    assert_eq!((forward.filling.bytes, forward.filling.points), (BATCH_BYTES, 100));
    assert_eq!(forward.filling.wait, Duration::from_secs(3));
    assert_eq!((forward.queue.lanes, forward.queue.batches), (1, 1_000));

    let attempt = read(&pipeline("otlphttp: {endpoint: 'http://worker:4318/base/'}", "[memory_limiter]"));
    let settings = forwarder::<otlp_http::block::Settings>(attempt.settings.as_ref().expect("valid"));
    assert_eq!(settings.uri, "http://worker:4318/base/v1/metrics");
    assert_eq!((settings.timeout, settings.compression), (Duration::from_secs(30), Compression::Gzip));
    assert_eq!(settings.forward.filling.wait, Duration::from_millis(200));
}

/// Queue, batches and retries as written.
#[test]
fn queues() {
    let block = "otlp_http: {metrics_endpoint: 'http://worker/m', compression: none, \
                 retry_on_failure: {max_elapsed_time: 1m}, \
                 sending_queue: {sizer: bytes, queue_size: 5000000, num_consumers: 7, \
                 batch: {flush_timeout: 1s, min_size: 1000, max_size: 2000}}}";
    let attempt = read(&pipeline(block, "[]"));
    let settings = forwarder::<otlp_http::block::Settings>(attempt.settings.as_ref().expect("valid"));
    assert_eq!((settings.uri.to_string(), settings.compression), ("http://worker/m".into(), Compression::None));
    let forward = &settings.forward;
    assert_eq!(forward.retry.give_up, Some(Duration::from_secs(60)));
    let Queue { lanes, batches, bytes, .. } = forward.queue;
    assert_eq!((lanes, batches, bytes), (7, usize::MAX, 5_000_000));
    assert_eq!((forward.filling.bytes, forward.filling.wait), (2_000, Duration::from_secs(1)));
}

/// The ring: its key, its release, and where workers are; queue and retries beside the protocol count where it has none.
#[test]
fn rings() {
    let block = "loadbalancing: {protocol: {otlp: {timeout: 1s, tls: {insecure: true}}}, routing_key: streamID, \
                 resolver: {dns: {hostname: workers, port: '4317', interval: 30s, timeout: 5s}}}";
    let attempt = read(&pipeline(block, "[memory_limiter]"));
    let settings = forwarder::<load_balancing::Settings>(attempt.settings.as_ref().expect("valid"));
    assert_eq!((&settings.key, settings.profile), (&RoutingKey::Stream, Profile::NEWEST));
    assert_eq!((settings.timeout(), settings.call.insecure), (Duration::from_secs(1), true));
    assert!(settings.call.forward.retry.initial.is_some());

    let block = "load_balancing: {protocol: {otlp: {sending_queue: {enabled: false}, retry_on_failure: {enabled: false}}}, \
                 resolver: {static: {hostnames: [a, b]}}, routing_key: attributes, routing_attributes: [x], \
                 profile: v0.131, sending_queue: {queue_size: 5}, \
                 retry_on_failure: {enabled: true, initial_interval: 1s}}";
    let attempt = read(&pipeline(block, "[]"));
    let settings = forwarder::<load_balancing::Settings>(attempt.settings.as_ref().expect("valid"));
    assert_eq!(settings.key, RoutingKey::Attributes(vec!["x".into()]));
    assert_eq!(settings.profile, Profile::of_release(131));
    assert_eq!(settings.call.forward.queue.batches, 5);
    assert_eq!(settings.call.forward.retry.initial, Some(Duration::from_secs(1)));
}

/// An exporter that hands on requests behind a processor that looks at points.
#[test]
fn behind_processors() {
    let text = pipeline("otlp: {endpoint: 'worker:4317'}", "[memory_limiter, deltatocumulative]");
    let report = read(&text).report;
    let errors: Vec<_> = report.problems().into_iter().filter(|problem| problem.severity == Severity::Error).collect();
    let [error] = errors.as_slice() else { panic!("{report}") };
    assert_eq!((error.path.as_str(), error.place), ("service.pipelines.metrics.exporters", Place::new(14, 19)));
    assert!(error.message.contains("otlp hands on requests as they came"), "{report}");
    assert!(error.help.contains("a pipeline of its own"), "{report}");
}

/// What these exporters do not take.
#[test]
fn wrong() {
    let path = |rest: &str| format!("exporters.{rest}");
    for (block, key, says) in [
        ("otlp: {}", "otlp.endpoint", "required"),
        ("otlp: {endpoint: worker}", "otlp.endpoint", "host and port"),
        ("otlphttp: {}", "otlphttp.endpoint", "required"),
        ("otlphttp: {endpoint: 'http://a', encoding: json}", "otlphttp.encoding", "expected proto"),
        ("otlp: {endpoint: 'a:1', compression: lz4}", "otlp.compression", "found \"lz4\""),
        ("otlp: {endpoint: 'a:1', sending_queue: {sizer: items}}", "otlp.sending_queue.sizer", "requests or bytes"),
        (
            "otlp: {endpoint: 'a:1', sending_queue: {wait_for_result: true}}",
            "otlp.sending_queue.wait_for_result",
            "in the queue",
        ),
        ("loadbalancing: {resolver: {}}", "loadbalancing.resolver.dns", "no resolver"),
        ("loadbalancing: {routing_key: streamID}", "loadbalancing.resolver", "required"),
        (
            "loadbalancing: {resolver: {static: {hostnames: [a]}}, routing_key: attributes}",
            "loadbalancing.routing_attributes",
            "must be written",
        ),
        (
            "loadbalancing: {resolver: {static: {hostnames: [a]}}, routing_attributes: [a]}",
            "loadbalancing.routing_attributes",
            "only read",
        ),
        (
            "loadbalancing: {resolver: {static: {hostnames: [a]}}, profile: newest}",
            "loadbalancing.profile",
            "neither a release",
        ),
    ] {
        let attempt = read(&pipeline(block, "[]"));
        let problems = attempt.report.problems();
        let found = problems.iter().any(|problem| problem.path == path(key) && problem.message.contains(says));
        assert!(found && attempt.settings.is_none(), "{block}: {}", attempt.report);
    }
}
