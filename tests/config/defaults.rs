//! The defaults of all keys: the Collector's, transcribed from its documentation, against what is declared.

use component::blocks::{QueueBatch, RetryOnFailure, SendingQueue};
use component::row::Section;
use config::report::Report;
use config::schema::{Declared, Key, Preset, Schema, Site, Status};
use config::yaml;
use processors::attributes::action::Action;

use alluvium::assembly::telemetry;
use alluvium::registry::REGISTRY;

/// A key of the Collector that is not declared, and why.
const ABSENT: &str = "absent: ";

/// Something that has to be written.
const REQUIRED: &str = "required";

/// Nothing: what the key would set is left out.
const UNSET: &str = "unset";

/// A block, whose own keys follow.
const BLOCK: &str = "block";

const GRPC: [(&str, &str); 6] = [
    ("endpoint", "localhost:4317"),
    ("max_recv_msg_size_mib", "0"),
    ("transport", "tcp"),
    ("read_buffer_size", "524288"),
    ("include_metadata", "false"),
    ("write_buffer_size", UNSET),
];

const HTTP: [(&str, &str); 8] = [
    ("endpoint", "localhost:4318"),
    ("max_request_body_size", "0"),
    ("metrics_url_path", "/v1/metrics"),
    ("compression_algorithms", UNSET),
    ("include_metadata", "false"),
    ("read_timeout", UNSET),
    ("keepalive", UNSET),
    ("auth", UNSET),
];

const MEMORY_LIMITER: [(&str, &str); 8] = [
    ("check_interval", REQUIRED),
    ("limit_mib", REQUIRED),
    ("spike_limit_mib", "0"),
    ("limit_percentage", UNSET),
    ("min_gc_interval_when_soft_limited", "10s"),
    ("min_gc_interval_when_hard_limited", "0s"),
    ("max_gc_interval_when_soft_limited", "30s"),
    ("max_gc_interval_when_hard_limited", "30s"),
];

const BATCH: [(&str, &str); 5] = [
    ("timeout", "200ms"),
    ("send_batch_size", "8192"),
    ("send_batch_max_size", "0"),
    ("metadata_keys", UNSET),
    ("metadata_cardinality_limit", "1000"),
];

const RESOURCE_DETECTION: [(&str, &str); 38] = [
    ("detectors", "[env]"),
    ("override", "true"),
    ("timeout", "5s"),
    ("retry", BLOCK),
    ("retry.enabled", "true"),
    ("retry.initial_interval", "1s"),
    ("retry.randomization_factor", "0.5"),
    ("retry.multiplier", "2"),
    ("retry.max_interval", "30s"),
    ("retry.max_elapsed_time", "0s"),
    ("fail_on_missing_metadata", "false"),
    ("refresh_interval", "0s"),
    ("attributes", UNSET),
    ("env.attributes.included", "[]"),
    ("env.attributes.excluded", "[]"),
    ("ecs.resource_attributes.aws.ecs.task.id.enabled", "true"),
    ("ecs.resource_attributes.aws.ecs.launchtype.enabled", "true"),
    ("ecs.resource_attributes.aws.log.group.arns.enabled", "true"),
    ("ecs.resource_attributes.cloud.region.enabled", "true"),
    ("ec2.resource_attributes.host.image.id.enabled", "true"),
    ("ec2.resource_attributes.host.name.enabled", "true"),
    ("ec2.tags", "[]"),
    ("ec2.tags_from_imds", "false"),
    ("ec2.max_attempts", "3"),
    ("ec2.max_backoff", "20s"),
    ("ec2.fail_on_missing_metadata", "false"),
    ("system.hostname_sources", "[dns, os]"),
    ("system.resource_attributes.host.name.enabled", "true"),
    ("system.resource_attributes.os.type.enabled", "true"),
    ("system.resource_attributes.host.arch.enabled", "false"),
    ("system.resource_attributes.host.id.enabled", "false"),
    ("system.resource_attributes.host.ip.enabled", "false"),
    ("system.resource_attributes.host.mac.enabled", "false"),
    ("system.resource_attributes.host.interface.enabled", "false"),
    ("system.resource_attributes.host.cpu.vendor.id.enabled", "false"),
    ("system.resource_attributes.os.description.enabled", "false"),
    ("system.resource_attributes.os.build.id.enabled", "false"),
    ("docker", UNSET),
];

const DELTA_TO_CUMULATIVE: [(&str, &str); 2] = [("max_stale", "5m"), ("max_streams", "9223372036854775807")];

const ACTION: [(&str, &str); 8] = [
    ("key", ""),
    ("action", REQUIRED),
    ("value", UNSET),
    ("from_attribute", UNSET),
    ("from_context", UNSET),
    ("default_value", UNSET),
    ("pattern", UNSET),
    ("converted_type", UNSET),
];

const ATTRIBUTES: [(&str, &str); 3] = [("actions", REQUIRED), ("include", UNSET), ("exclude", UNSET)];

const FILTER: [(&str, &str); 8] = [
    ("error_mode", "ignore"),
    ("metric_conditions", "[]"),
    ("metrics", UNSET),
    ("metrics.resource", "[]"),
    ("metrics.metric", "[]"),
    ("metrics.datapoint", "[]"),
    ("metrics.include", UNSET),
    ("metrics.exclude", UNSET),
];

const REMOTE_WRITE: [(&str, &str); 57] = [
    ("http", UNSET),
    ("http.timeout", "5s"),
    ("endpoint", UNSET),
    ("timeout", "5s"),
    ("headers", "{}"),
    ("tls", BLOCK),
    ("tls.insecure", "false"),
    ("tls.insecure_skip_verify", "false"),
    ("tls.min_version", "1.2"),
    ("tls.include_system_ca_certs_pool", "false"),
    ("auth", UNSET),
    ("proxy_url", UNSET),
    ("compression", "snappy"),
    ("compression_params", UNSET),
    ("read_buffer_size", "0"),
    ("write_buffer_size", "524288"),
    ("max_conns_per_host", "0"),
    ("max_idle_conns", "100"),
    ("max_idle_conns_per_host", "0"),
    ("http2_read_idle_timeout", "0s"),
    ("http2_ping_timeout", "0s"),
    ("keepalive", UNSET),
    ("idle_conn_timeout", "90s"),
    ("disable_keep_alives", "false"),
    ("force_attempt_http2", "true"),
    ("cookies", UNSET),
    ("middlewares", UNSET),
    ("retry_on_failure", BLOCK),
    ("retry_on_failure.enabled", "true"),
    ("retry_on_failure.initial_interval", "50ms"),
    ("retry_on_failure.randomization_factor", "0.5"),
    ("retry_on_failure.multiplier", "1.5"),
    ("retry_on_failure.max_interval", "30s"),
    // The Collector's is 5m: what waits is lost then. Here it waits until the server is back.
    ("retry_on_failure.max_elapsed_time", "0s"),
    ("namespace", ""),
    ("external_labels", "{}"),
    ("remote_write_queue.enabled", "true"),
    ("remote_write_queue.queue_size", "10000"),
    // The Collector's is 5; see the note of `lanes_of_a_shard`.
    ("remote_write_queue.num_consumers", UNSET),
    // The Collector's is 3000000, here that depends on the server.
    ("max_batch_size_bytes", UNSET),
    ("max_batch_request_parallelism", UNSET),
    ("resource_constant_labels", UNSET),
    ("resource_constant_labels.included", "[]"),
    ("resource_constant_labels.excluded", "[]"),
    ("resource_to_telemetry_conversion.enabled", "false"),
    ("resource_to_telemetry_conversion.exclude_service_attributes", "false"),
    ("target_info.enabled", "true"),
    ("disable_scope_info", "false"),
    ("add_metric_suffixes", "true"),
    ("translation_strategy", ""),
    ("send_metadata", "false"),
    ("include_metadata_keys", UNSET),
    ("convert_explicit_histograms_to_nhcb", "false"),
    ("keep_classic_histograms", "false"),
    ("protobuf_message", "prometheus.WriteRequest"),
    ("wal", UNSET),
    ("export_created_metric", "absent: the Collector has not had it since 0.160"),
];

const DEBUG: [(&str, &str); 7] = [
    ("verbosity", "basic"),
    ("sampling_initial", "2"),
    ("sampling_thereafter", "1"),
    ("use_internal_logger", "true"),
    ("output_paths", UNSET),
    ("sending_queue", UNSET),
    ("loglevel", "absent: the Collector refuses it, too"),
];

const HEALTH_CHECK: [(&str, &str); 7] = [
    ("endpoint", "localhost:13133"),
    ("path", "/"),
    ("response_body", UNSET),
    ("check_collector_pipeline", UNSET),
    ("use_v2", "false"),
    ("http", UNSET),
    ("grpc", UNSET),
];

const PPROF: [(&str, &str); 4] = [
    ("endpoint", "localhost:1777"),
    ("block_profile_fraction", "0"),
    ("mutex_profile_fraction", "0"),
    ("save_to_file", UNSET),
];

const ZPAGES: [(&str, &str); 2] = [("endpoint", "localhost:55679"), ("expvar", UNSET)];

const TELEMETRY: [(&str, &str); 10] = [
    ("metrics.level", "normal"),
    ("metrics.readers", UNSET),
    ("metrics.address", UNSET),
    ("metrics.views", UNSET),
    ("logs.level", "info"),
    ("logs.encoding", "console"),
    ("logs.output_paths", "[stderr]"),
    ("logs.sampling", UNSET),
    ("traces", UNSET),
    ("resource", UNSET),
];

const RETRY: [(&str, &str); 6] = [
    ("enabled", "true"),
    ("initial_interval", "5s"),
    ("multiplier", "1.5"),
    ("randomization_factor", "0.5"),
    ("max_interval", "30s"),
    ("max_elapsed_time", "5m"),
];

const QUEUE: [(&str, &str); 13] = [
    ("enabled", "true"),
    ("sizer", "requests"),
    ("queue_size", "1000"),
    ("num_consumers", "10"),
    ("block_on_overflow", "false"),
    ("wait_for_result", "false"),
    ("storage", UNSET),
    ("batch", UNSET),
    ("batch.flush_timeout", "200ms"),
    ("batch.min_size", "8192"),
    ("batch.max_size", "0"),
    ("batch.sizer", UNSET),
    ("batch.partition", UNSET),
];

#[track_caller]
fn compare(schema: &Schema, within: &str, expected: &[(&str, &str)]) {
    let paths = schema.paths();
    for (path, default) in expected {
        let path = if within.is_empty() { (*path).to_owned() } else { format!("{within}.{path}") };
        let found = paths.iter().find(|(known, _)| *known == path).map(|(_, key)| &key.preset);
        let is_right = match (found, *default) {
            (None, default) => default.starts_with(ABSENT),
            (Some(Preset::Value(value)), default) => value == default,
            (Some(Preset::Block), default) => default == BLOCK,
            (Some(Preset::Unset), default) => default == UNSET,
            (Some(Preset::Required), default) => default == REQUIRED,
        };
        assert!(is_right, "{path}: {default} is expected, {found:?} is declared");
    }
}

fn of(section: Section, name: &str) -> &'static Schema {
    let row = REGISTRY.iter().find(|row| row.section() == section && row.names().contains(&name));
    row.unwrap_or_else(|| panic!("no {name}")).schema()
}

/// Scenario: a file leaves a key out. Guarantee: it has the Collector's default.
#[test]
fn of_the_collector() {
    compare(of(Section::Receivers, "otlp"), "protocols.grpc", &GRPC);
    compare(of(Section::Receivers, "otlp"), "protocols.http", &HTTP);
    compare(of(Section::Processors, "memory_limiter"), "", &MEMORY_LIMITER);
    compare(of(Section::Processors, "batch"), "", &BATCH);
    compare(of(Section::Processors, "resource_detection"), "", &RESOURCE_DETECTION);
    compare(of(Section::Processors, "delta_to_cumulative"), "", &DELTA_TO_CUMULATIVE);
    compare(of(Section::Processors, "attributes"), "", &ATTRIBUTES);
    compare(of(Section::Processors, "resource"), "", &[("attributes", REQUIRED)]);
    compare(Action::schema(), "", &ACTION);
    compare(of(Section::Processors, "filter"), "", &FILTER);
    compare(of(Section::Exporters, "prometheus_remote_write"), "", &REMOTE_WRITE);
    compare(of(Section::Exporters, "debug"), "", &DEBUG);
    compare(of(Section::Extensions, "health_check"), "", &HEALTH_CHECK);
    compare(of(Section::Extensions, "pprof"), "", &PPROF);
    compare(of(Section::Extensions, "zpages"), "", &ZPAGES);
    compare(telemetry::Keys::schema(), "", &TELEMETRY);
    compare(RetryOnFailure::schema(), "", &RETRY);
    compare(SendingQueue::schema(), "", &QUEUE);
}

/// A block in which every key that has a default says so.
fn spelled_out(schema: &Schema, indent: usize) -> String {
    let written = |key: &&Key| key.status == Status::Read;
    let line = |key: &Key| {
        let (blanks, name) = (" ".repeat(indent), key.name);
        match (&key.preset, &key.shape) {
            (Preset::Value(value), _) if value.is_empty() => format!("{blanks}{name}: ''\n"),
            (Preset::Value(value), _) => format!("{blanks}{name}: {value}\n"),
            (Preset::Block, config::schema::Shape::Block(inner)) => {
                format!("{blanks}{name}:\n{}", spelled_out(inner, indent + 2))
            }
            _ => String::new(),
        }
    };
    schema.keys.iter().filter(written).map(line).collect()
}

#[track_caller]
fn is_default<T: Declared + Default + PartialEq + std::fmt::Debug>() {
    let text = spelled_out(T::schema(), 0);
    let mut report = Report::new("defaults.yaml", &text);
    let node = yaml::parse(&text, &mut report).expect("YAML");
    let block = T::read(Site { node: &node, path: "" }, &mut report);
    assert!(report.problems().is_empty(), "{report}\n{text}");
    assert_eq!(block, Some(T::default()), "{text}");
}

/// Scenario: somebody writes all defaults out. Guarantee: nothing changes.
#[test]
fn spelled_out_defaults_change_nothing() {
    is_default::<processors::batch::block::Keys>();
    is_default::<processors::resource_detection::block::Keys>();
    is_default::<processors::delta_to_cumulative::block::Keys>();
    is_default::<processors::filter::metrics::Metrics>();
    is_default::<exporters::debug::block::Keys>();
    is_default::<receivers::otlp::settings::Grpc>();
    is_default::<receivers::otlp::settings::Http>();
    is_default::<extensions::health_check::block::Keys>();
    is_default::<telemetry::Keys>();
    is_default::<component::blocks::HttpClient>();
    is_default::<component::blocks::RetryOnFailure>();
    is_default::<component::blocks::SendingQueue>();
    is_default::<QueueBatch>();
    is_default::<exporters::labelling::LabelKeys>();
    is_default::<exporters::remote_write::block::Queue>();
}
