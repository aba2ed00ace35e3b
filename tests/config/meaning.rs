//! What a configuration means. Values that are not written are the Collector's defaults, from its documentation.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use alluvium::assembly::{self, Settings};
use component::{exporter, receiver};
use delta_to_cumulative::Component;
use delta_to_cumulative::configure::{Guest as _, Needs};
use exporters::remote_write::settings::{self as remote_write, Retry, TargetInfo};
use exporters::scrape;
use processors::guest::settings::GuestSettings;
use processors::memory_limiter;
use prometheus::labels::{ResourceLabels, ScopeLabels};
use prometheus::names::Strategy;
use receivers::otlp::receiver::Protocol;
use receivers::otlp::settings as otlp;
use telemetry::settings::Encoding;
use tracing_subscriber::filter::LevelFilter;
use wasm::{DELTA_TO_CUMULATIVE, Source};

use crate::attempt::{VALID, read, valid_but};

const MIB: usize = 1 << 20;
const MINUTE: u64 = 60 * 1_000_000_000;

/// The first remote-write exporter.
pub fn remote_write(settings: &Settings) -> &remote_write::Settings {
    exporter(settings, 0)
}

/// The first exporter of a pipeline, whose settings are `T`.
pub fn exporter<T: exporter::Settings>(settings: &Settings, pipeline: usize) -> &T {
    let exporter: &dyn Any = &*settings.pipelines[pipeline].0.exporters[0];
    exporter.downcast_ref().unwrap_or_else(|| panic!("{settings:?}"))
}

/// The guests of the first pipeline.
pub fn guests(settings: &Settings) -> Vec<&GuestSettings> {
    let stages = settings.pipelines[0].0.stages.iter();
    stages.map(|stage| (&**stage as &dyn Any).downcast_ref().expect("a guest")).collect()
}

/// The limiter of the first pipeline.
fn limiter(settings: &Settings) -> &memory_limiter::Settings {
    let limiter: &dyn Any = &**settings.pipelines[0].0.limiter.as_ref().expect("a limiter");
    limiter.downcast_ref().expect("the one that there is")
}

/// Where OTLP is received: protocol, address and limit.
pub fn endpoints(receivers: &[Arc<dyn receiver::Settings>]) -> Vec<(Protocol, String, usize)> {
    let [receiver] = receivers else { panic!("{receivers:?}") };
    let receiver = (&**receiver as &dyn Any).downcast_ref::<otlp::Settings>().expect("an OTLP receiver");
    let endpoints = receiver.endpoints.iter();
    endpoints.map(|endpoint| (endpoint.protocol, endpoint.listen.to_string(), endpoint.limit)).collect()
}

/// What a guest makes of the settings that it is handed.
pub fn needs(guest: &GuestSettings) -> Needs {
    Component::configure(guest.settings.clone()).unwrap_or_else(|_| panic!("refused: {}", guest.settings))
}

/// A worker's configuration, as it runs on a Collector, is taken without a word.
#[test]
fn a_collectors_worker() {
    let settings = read(include_str!("fixtures/worker.yaml")).flawless();
    let [(pipeline, receivers)] = settings.pipelines.as_slice() else { panic!("{settings:?}") };
    assert_eq!(pipeline.id, "metrics");
    let grpc = (Protocol::Grpc, "127.0.0.1:4317".to_owned(), 64 * MIB);
    let http = (Protocol::Http, "127.0.0.1:4318".to_owned(), 20 * MIB);
    assert_eq!(endpoints(receivers), [grpc, http]);
    let limiter = limiter(&settings);
    assert_eq!((limiter.limit, limiter.spike), (12_000 * MIB, 1_000 * MIB));
    let [guest] = guests(&settings)[..] else { panic!("{:?}", pipeline.stages) };
    assert_eq!((guest.id.as_str(), &guest.source), ("deltatocumulative", &Source::Embedded(DELTA_TO_CUMULATIVE)));
    assert_eq!((needs(guest).max_idle, needs(guest).max_streams), (Some(30 * MINUTE), Some(2_000_000)));

    let exporter = remote_write(&settings);
    assert_eq!(exporter.id, "prometheusremotewrite");
    assert_eq!(exporter.endpoint.to_string(), "http://127.0.0.1:19291/api/v1/write");
    assert_eq!(exporter.labelling.resource, ResourceLabels::All);
    assert_eq!(exporter.queue_requests, 10_000);
    assert_eq!([1, 2, 5, 8].map(|shards| exporter.lanes_of_a_shard(shards)), [5, 3, 1, 1]);
    assert!((2_048..=4_096).contains(&exporter.batch.samples), "{:?}", exporter.batch);
    assert_eq!(exporter.batch.wait, Duration::from_secs(1));

    assert_eq!(settings.telemetry.metrics, None);
    assert_eq!(settings.telemetry.level, LevelFilter::WARN);
    assert_eq!(settings.telemetry.encoding, Encoding::Console);
}

/// Blocks without keys have the Collector's defaults.
#[test]
fn defaults() {
    let settings = read(
        "
receivers: {otlp: {protocols: {grpc: , http: }}}
processors:
  memory_limiter: {check_interval: 1s, limit_mib: 512}
  deltatocumulative:
  batch:
exporters: {prometheusremotewrite: {endpoint: http://localhost:9090/api/v1/write}}
service:
  pipelines:
    metrics:
      receivers: [otlp]
      processors: [memory_limiter, deltatocumulative, batch]
      exporters: [prometheusremotewrite]
",
    )
    .flawless();
    let grpc = (Protocol::Grpc, "localhost:4317".to_owned(), 4 * MIB);
    let http = (Protocol::Http, "localhost:4318".to_owned(), 20 * MIB);
    assert_eq!(endpoints(&settings.pipelines[0].1), [grpc, http]);
    assert_eq!(limiter(&settings).spike, 512 * MIB / 5);
    let guest = guests(&settings)[0];
    assert_eq!((needs(guest).max_idle, needs(guest).max_streams), (Some(5 * MINUTE), None));

    let exporter = remote_write(&settings);
    let retry = Retry {
        initial: Some(Duration::from_millis(50)),
        multiplier: 1.5,
        jitter: 0.5,
        longest: Duration::from_secs(30),
        // The Collector's is five minutes; see the note of the key.
        give_up: None,
    };
    assert_eq!(exporter.retry, retry);
    assert_eq!(exporter.timeout, Duration::from_secs(5));
    assert_eq!(exporter.queue_requests, 10_000);
    assert_eq!([1, 8].map(|shards| exporter.lanes_of_a_shard(shards)), [1, 1]);
    assert_eq!((exporter.batch.samples, exporter.batch.bytes), (8_192, 3_000_000));
    assert_eq!(exporter.batch.wait, Duration::from_millis(200));
    assert_eq!(exporter.target_info, TargetInfo::Written);
    assert!(exporter.headers.is_empty());
    let labelling = &exporter.labelling;
    assert_eq!((labelling.resource, labelling.scope), (ResourceLabels::None, ScopeLabels::Included));
    assert_eq!(labelling.strategy, Strategy::UnderscoreEscapingWithSuffixes);
    assert_eq!((labelling.namespace.as_str(), labelling.external.len()), ("", 0));

    assert_eq!(settings.telemetry.metrics.as_deref(), Some("localhost:8888"));
    assert_eq!(settings.telemetry.level, LevelFilter::INFO);
}

/// What runs without a file is right, and stays on this machine.
#[test]
fn the_built_in_default() {
    let settings = read(assembly::DEFAULT).flawless();
    let (pipeline, receivers) = &settings.pipelines[0];
    let endpoints: Vec<String> = endpoints(receivers).into_iter().map(|(_, endpoint, _)| endpoint).collect();
    assert_eq!(endpoints, ["localhost:4317", "localhost:4318"]);
    assert_eq!((pipeline.stages.len(), pipeline.exporters.len()), (1, 1));
    assert_eq!(exporter::<scrape::Settings>(&settings, 0).listen.to_string(), "localhost:9464");
}

/// What tests change is right before they do.
#[test]
fn the_tests_own() {
    read(VALID).flawless();
}

/// `max_elapsed_time: 0` is no limit, `enabled: false` no second attempt, and `timeout: 0` no limit of an attempt.
#[test]
fn words_for_never() {
    let with = |keys: &str| valid_but("/api/v1/write\n", &format!("/api/v1/write\n    {keys}\n")).flawless();
    assert_eq!(remote_write(&with("retry_on_failure: {max_elapsed_time: 0s}")).retry.give_up, None);
    assert_eq!(remote_write(&with("retry_on_failure: {enabled: false}")).retry.initial, None);
    assert_eq!(remote_write(&with("timeout: 0s")).timeout, Duration::MAX);
    assert_eq!(remote_write(&with("target_info: {enabled: false}")).target_info, TargetInfo::Omitted);
}

/// Scenario: endpoints of Amazon, of others, and keys that say otherwise. Guarantee: Amazon's workspaces store what is good in a
/// request and take a megabyte, others nothing and three.
#[test]
fn receivers_are_known_by_their_hosts() {
    use remote_write::Receiver::{Cortex, Prometheus};
    let of = |host: &str, keys: &str| {
        let text = format!("https://{host}/api/v1/write\n    {keys}\n");
        let settings = valid_but("http://localhost:9090/api/v1/write\n", &text).flawless();
        let exporter = remote_write(&settings);
        (exporter.receiver, exporter.batch.bytes)
    };
    for host in [
        "aps-workspaces.eu-west-1.amazonaws.com",
        "APS-Workspaces.us-east-1.amazonaws.com",
        "aps-workspaces-fips.us-gov-west-1.amazonaws.com",
        "aps-workspaces.cn-north-1.amazonaws.com.cn",
        "aps-workspaces.eu-west-1.api.aws",
    ] {
        assert_eq!(of(host, "send_metadata: false"), (Cortex, 1_000_000), "{host}");
        assert_eq!(of(host, "receiver: prometheus"), (Prometheus, 1_000_000), "{host}");
        assert_eq!(of(host, "max_batch_size_bytes: 7"), (Cortex, 7), "{host}");
        assert_eq!(of(host, "max_batch_size_bytes: 0"), (Cortex, 1_000_000), "{host}");
    }
    for host in
        ["aps-workspaces.example.com", "aps-workspaces.amazonaws.com", "xaps-workspaces.eu-west-1.amazonaws.com"]
    {
        assert_eq!(of(host, "send_metadata: false"), (Prometheus, 3_000_000), "{host}");
        assert_eq!(of(host, "receiver: cortex"), (Cortex, 3_000_000), "{host}");
    }
}

/// A protocol with `enabled: false` is off.
#[test]
fn a_protocol_that_is_off() {
    let settings = valid_but("        endpoint: 127.0.0.1:4317", "        enabled: false").flawless();
    let endpoints = endpoints(&settings.pipelines[0].1);
    let protocols: Vec<Protocol> = endpoints.into_iter().map(|(protocol, ..)| protocol).collect();
    assert_eq!(protocols, [Protocol::Http]);
}

/// A size of 0 is the Collector's word for sending at once, not for requests of one sample.
#[test]
fn a_batch_of_nothing_waits_for_nothing() {
    let settings = valid_but("    timeout: 1s", "    send_batch_size: 0").flawless();
    let batch = remote_write(&settings).batch;
    assert_eq!(batch.wait, Duration::ZERO);
    assert!(batch.samples > 1_000, "{batch:?}");
}

/// Where own metrics are served, as the Collector writes it.
#[test]
fn own_metrics() {
    let readers = "metrics: {readers: [{pull: {exporter: {prometheus: {host: 0.0.0.0, port: 9999}}}}]}";
    let settings = valid_but("logs: {level: warn}", readers).flawless();
    assert_eq!(settings.telemetry.metrics.as_deref(), Some("0.0.0.0:9999"));
}
