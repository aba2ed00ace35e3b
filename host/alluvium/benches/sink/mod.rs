//! A remote-write back-end that keeps the latest value of every series and counts samples.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use otlp::wire::Fields;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;
use xxhash_rust::xxh3::xxh3_128;

use super::{Shared, Totals};

/// After so long without a sample none is to come: batches leave after a second.
const QUIET: Duration = Duration::from_secs(5);

pub struct Sink {
    pub address: SocketAddr,
    series: Shared<HashMap<u128, Series>>,
    samples: watch::Receiver<u64>,
}

struct Series {
    session: String,
    metric: String,
    value: f64,
    time: u64,
}

impl Sink {
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let series = Shared::default();
        let (counter, samples) = watch::channel(0);
        let counter = Arc::new(counter);
        let shared = Arc::clone(&series);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (series, counter) = (Arc::clone(&shared), Arc::clone(&counter));
                tokio::spawn(async move {
                    let service = service_fn(|request| write(request, &series, &counter));
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Ok(Self { address, series, samples })
    }

    /// Waits for so many samples, or for the last one: a total that waits may give way to a newer one, so that there are less.
    /// Returns when it came.
    pub async fn wait_for(&self, samples: u64) -> Instant {
        let mut seen = self.samples.clone();
        let mut last = Instant::now();
        while *seen.borrow_and_update() < samples {
            match tokio::time::timeout(QUIET, seen.changed()).await {
                Ok(changed) => changed.expect("the sink runs"),
                Err(_) => return last,
            }
            last = Instant::now();
        }
        last
    }

    /// Sums over all series of a session and a metric, by the metric's OTLP name.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::new();
        for series in self.series.lock().expect("nobody panics").values() {
            *totals.entry((series.session.clone(), otlp_name(&series.metric))).or_default() += series.value;
        }
        totals
    }
}

/// Claude Code's metrics by their Prometheus names (the table of the Collector's name rules); of a histogram the sum.
fn otlp_name(prometheus: &str) -> String {
    match prometheus.strip_suffix("_total").or(prometheus.strip_suffix("_sum")).unwrap_or_default() {
        "claude_code_token_usage_tokens" => "claude_code.token.usage",
        "claude_code_cost_usage_USD" => "claude_code.cost.usage",
        "claude_code_session_count" => "claude_code.session.count",
        "claude_code_lines_of_code_count" => "claude_code.lines_of_code.count",
        "claude_code_commit_count" => "claude_code.commit.count",
        "claude_code_pull_request_count" => "claude_code.pull_request.count",
        "claude_code_code_edit_tool_decision" => "claude_code.code_edit_tool.decision",
        "claude_code_active_time_seconds" | "claude_code_active_time_total_seconds" => "claude_code.active_time.total",
        _ => prometheus,
    }
    .to_owned()
}

async fn write(
    request: Request<Incoming>,
    series: &Mutex<HashMap<u128, Series>>,
    counter: &watch::Sender<u64>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.expect("a whole body").to_bytes();
    let bytes = snap::raw::Decoder::new().decompress_vec(&body).expect("snappy, block format");
    let mut samples = 0;
    let mut series = series.lock().expect("nobody panics");
    let mut fields = Fields::of(&bytes);
    while let Some(field) = fields.next().expect("valid protobuf") {
        samples += take(field.bytes().expect("a time series"), &mut series);
    }
    drop(series);
    counter.send_modify(|count| *count += samples);
    let mut response = Response::new(Empty::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// Takes one `TimeSeries`; returns how many samples of sessions it had. Series without a session do not count, nor do zeros in
/// front of a total.
fn take(time_series: &[u8], series: &mut HashMap<u128, Series>) -> u64 {
    let mut labels = 0;
    let mut found = Vec::new();
    let mut fields = Fields::of(time_series);
    while let Some(field) = fields.next().expect("valid protobuf") {
        if field.number == 1 {
            labels += field.raw().len();
        } else {
            found.push(sample(field.bytes().expect("a sample")));
        }
    }
    // The encoder under test and the Collector write the labels first.
    let key = xxh3_128(&time_series[..labels]);
    let known = series.entry(key).or_insert_with(|| describe(&time_series[..labels]));
    if known.session.is_empty() {
        return 0;
    }
    for (time, value) in &found {
        assert!(*time > known.time, "times of a series must rise");
        (known.time, known.value) = (*time, *value);
    }
    let zeros = found.iter().take_while(|(_, value)| *value == 0.0).count();
    (found.len() - zeros.min(found.len() - 1)) as u64
}

fn sample(bytes: &[u8]) -> (u64, f64) {
    let (mut time, mut value) = (0, 0.0);
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next().expect("valid protobuf") {
        match field.number {
            1 => value = f64::from_bits(field.fixed64().expect("a double")),
            _ => time = field.varint().expect("a time"),
        }
    }
    (time, value)
}

fn describe(labels: &[u8]) -> Series {
    let mut series = Series { session: String::new(), metric: String::new(), value: 0.0, time: 0 };
    let mut fields = Fields::of(labels);
    while let Some(field) = fields.next().expect("valid protobuf") {
        let mut texts = ["", ""];
        let mut parts = Fields::of(field.bytes().expect("a label"));
        while let Some(part) = parts.next().expect("valid protobuf") {
            texts[part.number as usize - 1] = part.text().expect("text");
        }
        match texts {
            ["session_id", value] => series.session = value.to_owned(),
            ["__name__", value] => series.metric = value.to_owned(),
            _ => {}
        }
    }
    series
}
