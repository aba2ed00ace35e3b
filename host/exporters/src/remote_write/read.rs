//! The exporter's block, read: keys, defaults and bounds are the Collector's.

use std::num::NonZeroUsize;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use config::address;
use config::block::{At, Block};
use config::report::Report;

use super::settings::{Batching, QUEUE_BYTES, Retry, Settings, TargetInfo};
use crate::labelling;

/// The Collector's defaults.
const TIMEOUT: Duration = Duration::from_secs(5);
const QUEUE_REQUESTS: u64 = 10_000;

/// More than these are slips of the finger; they also keep sums of waits and sizes within their types.
const MOST_REQUESTS: u64 = 1 << 32;
const MOST_BYTES: u64 = 1 << 32;
const STEEPEST: f64 = 1_000.0;

/// Reads the block.
pub fn read(id: &str, mut block: Block<'_>, report: &mut Report) -> Option<Settings> {
    let client = client(&mut block, report);
    let retry = block.block("retry_on_failure", report).map_or(Retry::default(), |block| retry(block, report));
    let Queue { requests, lanes } =
        block.block("remote_write_queue", report).map_or(Queue::default(), |block| queue(block, report));
    let bytes = block.integer("max_batch_size_bytes", 0..=MOST_BYTES, report).filter(|at| at.value > 0);
    let labelling = labelling::read(&mut block, "external_labels", report);
    let target_info = match block.block("target_info", report).map(|block| enabled(block, report)) {
        Some(Some(false)) => TargetInfo::Omitted,
        _ => TargetInfo::Written,
    };
    let metadata = block.boolean("send_metadata", report) == Some(true);
    unsupported(&mut block, report);
    block.finish(report);
    let mut batch = Batching::default();
    batch.bytes = bytes.map_or(batch.bytes, |at| at.value as usize);
    Some(Settings {
        id: id.into(),
        endpoint: client.endpoint?,
        headers: client.headers,
        labelling,
        target_info,
        metadata,
        timeout: client.timeout,
        retry,
        lanes,
        queue_requests: requests as usize,
        queue_bytes: QUEUE_BYTES,
        batch,
    })
}

fn unsupported(block: &mut Block<'_>, report: &mut Report) {
    // Parts of a request go out in order, one at a time; lanes take the place of parallel requests.
    block.integer("max_batch_request_parallelism", 1..=MOST_REQUESTS, report);
    block.choice("protobuf_message", &[("prometheus.WriteRequest", ())], report);
    block.refuse_if_on(
        &[("convert_explicit_histograms_to_nhcb", "remove it"), ("keep_classic_histograms", "remove it")],
        report,
    );
    block.refuse(
        &[
            ("wal", "remove it; the queue is in memory"),
            ("include_metadata_keys", "remove it, or send fixed headers"),
            ("sending_queue", "the queue of this exporter is remote_write_queue"),
        ],
        report,
    );
}

/// How the server is reached.
struct Client {
    endpoint: Option<Uri>,
    headers: HeaderMap,
    timeout: Duration,
}

/// The keys of the HTTP client, in the block `http` or, as before 0.159, beside it.
fn client(block: &mut Block<'_>, report: &mut Report) -> Client {
    client_keys(block, report);
    let flat_timeout = block.duration("timeout", report).map(|at| at.value);
    let Some(mut http) = block.block("http", report) else {
        let timeout = flat_timeout.unwrap_or(TIMEOUT);
        // The Collector's word for no limit.
        let timeout = if timeout.is_zero() { Duration::MAX } else { timeout };
        return Client { endpoint: endpoint(block, report), headers: headers(block, report), timeout };
    };
    for flat in ["endpoint", "headers"] {
        block.get(flat);
        if let Some(place) = block.has(flat) {
            let message = "the Collector does not read this key while there is a block http";
            report.error(place, &block.path_of(flat), message, format!("move it to http.{flat}, or remove it"));
        }
    }
    client_keys(&mut http, report);
    let timeouts = [flat_timeout, http.duration("timeout", report).map(|at| at.value)];
    let timeout = timeouts.into_iter().flatten().filter(|timeout| !timeout.is_zero()).min().unwrap_or(TIMEOUT);
    let client = Client { endpoint: endpoint(&mut http, report), headers: headers(&mut http, report), timeout };
    http.finish(report);
    client
}

fn endpoint(block: &mut Block<'_>, report: &mut Report) -> Option<Uri> {
    let help = "add endpoint: and the full address, such as http://localhost:9090/api/v1/write";
    let is_there = block.demand("endpoint", help, report);
    is_there.then(|| block.parsed("endpoint", report, address::url)).flatten().map(|at| at.value)
}

/// What else the Collector's HTTP client has.
fn client_keys(block: &mut Block<'_>, report: &mut Report) {
    block.choice("compression", &[("snappy", ()), ("", ())], report);
    if let Some(tls) = block.block("tls", report) {
        self::tls(tls, report);
    }
    block.refuse(
        &[
            ("auth", "remove it, or send a fixed token: headers: {Authorization: Bearer <token>}"),
            ("proxy_url", "remove it"),
            ("cookies", "remove it"),
            ("middlewares", "remove it"),
        ],
        report,
    );
    let tuning = [
        "compression_params",
        "read_buffer_size",
        "write_buffer_size",
        "max_conns_per_host",
        "max_idle_conns",
        "max_idle_conns_per_host",
        "idle_conn_timeout",
        "disable_keep_alives",
        "keepalive",
        "force_attempt_http2",
        "http2_ping_timeout",
        "http2_read_idle_timeout",
    ];
    block.ignore(&tuning, report);
}

fn tls(mut block: Block<'_>, report: &mut Report) {
    // The scheme of the address decides; that is so in the Collector, too.
    block.boolean("insecure", report);
    let help = "remove it; certificates are checked against those of the system";
    block.refuse_if_on(&[("insecure_skip_verify", help)], report);
    let keys = ["ca_file", "ca_pem", "cert_file", "cert_pem", "key_file", "key_pem", "server_name_override"];
    block.refuse(&keys.map(|key| (key, help)), report);
    block.ignore(&["include_system_ca_certs_pool", "min_version", "max_version", "reload_interval"], report);
    block.finish(report);
}

fn headers(block: &mut Block<'_>, report: &mut Report) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in block.text_map("headers", report) {
        let path = format!("{}.{}", block.path_of("headers"), name.value);
        match (name.value.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
            (Ok(header), Ok(value)) => drop(headers.insert(header, value)),
            (Err(_), _) => report.error(name.place, &path, "no name for a header", "use letters, digits and -"),
            (_, Err(_)) => report.error(name.place, &path, "no value for a header", "write it in one line of ASCII"),
        }
    }
    headers
}

fn retry(mut block: Block<'_>, report: &mut Report) -> Retry {
    let default = Retry::default();
    let initial = pause(&mut block, "initial_interval", default.initial.unwrap_or_default(), report);
    let longest = pause(&mut block, "max_interval", default.longest, report);
    let jitter = block.number("randomization_factor", 0.0..=1.0, report).unwrap_or(default.jitter);
    let multiplier = block.number("multiplier", 1.0..=STEEPEST, report).unwrap_or(default.multiplier);
    let limit = block.duration("max_elapsed_time", report);
    let give_up = limit.as_ref().map_or(default.give_up, |at| (!at.value.is_zero()).then_some(at.value));
    let enabled = block.boolean("enabled", report) != Some(false);
    for (key, wait) in [("initial_interval", initial), ("max_interval", longest)] {
        if enabled && give_up.is_some_and(|limit| limit < wait) {
            let place = limit.as_ref().map_or(block.place(), |at| at.place);
            let message = format!("must not be shorter than {key}: {:?} against {wait:?}", give_up.unwrap_or_default());
            report.error(place, &block.path_of("max_elapsed_time"), message, "0 sets no limit");
        }
    }
    block.finish(report);
    Retry { initial: enabled.then_some(initial), multiplier, jitter, longest, give_up }
}

/// A wait. The Collector takes 0 and then asks the server without a pause; nobody means that.
fn pause(block: &mut Block<'_>, key: &'static str, default: Duration, report: &mut Report) -> Duration {
    match block.duration(key, report) {
        Some(At { place, value }) if value.is_zero() => {
            let message = format!("0 would mean retries without a pause; the default, {default:?}, is used");
            report.warning(place, &block.path_of(key), message, "remove it, or write how long to wait");
            default
        }
        Some(at) => at.value,
        None => default,
    }
}

/// What waits, and for how many requests in flight.
struct Queue {
    requests: u64,
    lanes: Option<NonZeroUsize>,
}

impl Default for Queue {
    fn default() -> Self {
        Self { requests: QUEUE_REQUESTS, lanes: None }
    }
}

fn queue(mut block: Block<'_>, report: &mut Report) -> Queue {
    if block.boolean("enabled", report) == Some(false) {
        let place = block.has("enabled").unwrap_or(block.place());
        let help = "remove it; while the queue is full, senders are told to come again";
        report.error(place, &block.path_of("enabled"), "this version always has a queue", help);
    }
    let lanes = block.integer("num_consumers", 1..=MOST_REQUESTS, report);
    let requests = block.integer("queue_size", 1..=MOST_REQUESTS, report).map_or(QUEUE_REQUESTS, |at| at.value);
    block.finish(report);
    Queue { requests, lanes: lanes.and_then(|at| NonZeroUsize::new(at.value as usize)) }
}

/// A block of which this version reads `enabled` only.
fn enabled(mut block: Block<'_>, report: &mut Report) -> Option<bool> {
    let enabled = block.boolean("enabled", report);
    block.finish(report);
    enabled
}
