//! The exporter's block: keys and defaults are the Collector's.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use component::authenticator::Reference;
use component::blocks::{HttpClient, RetryOnFailure};
use config::schema::{Rules, Written};
use http::Uri;

use super::amazon;
use super::limits::LimitKeys;
use super::settings::{Batching, QUEUE_BYTES, Receiver, Retry, Settings, TargetInfo};
use super::truthful::block::TruthfulKeys;
use crate::labelling::LabelKeys;

/// More than these are slips of the finger; they also keep sums of sizes within their types.
const MOST_REQUESTS: u64 = 1 << 32;
const MOST_BYTES: u64 = 1 << 32;

config::block! {
    /// Remote write 1.0 to Prometheus and its relatives.
    pub struct Keys {
        /// The client in a block of its own, as the Collector has it since 0.159; the same keys beside it, apart from
        /// `timeout`, are then wrong.
        http: Option<Client> = maybe(block()),
        /// How a request is sent again after 429, 5xx and broken connections. `Retry-After` is honoured. Without
        /// `max_elapsed_time` there is no end to it.
        retry_on_failure: RetryOnFailure = block_with(&[("initial_interval", "50ms"), ("max_elapsed_time", "0s")]),
        /// What a 400 of the server means: `prometheus` has stored nothing of the request, `cortex` (and Mimir, and Amazon) what
        /// is good in it. By default `cortex` for hosts `aps-workspaces.*` of Amazon, else `prometheus`.
        receiver: Option<Receiver> = maybe(choice(
            &[("prometheus", Receiver::Prometheus), ("cortex", Receiver::Cortex)],
            Receiver::Prometheus,
        )),
        /// What waits to be sent.
        remote_write_queue: Queue = block(),
        /// What the server takes of a series.
        limits: LimitKeys = block(),
        /// The size of a request before compression. Unset, or 0: 1,000,000 for hosts `aps-workspaces.*` of Amazon, which take no
        /// more, else 3,000,000.
        max_batch_size_bytes: Option<u64> = maybe(integer(0..=MOST_BYTES, 3_000_000)),
        /// Labels for all series.
        external_labels: BTreeMap<String, String> = map(text("")),
        /// The series `target_info`.
        target_info: Target = block(),
        /// Whether type, help and unit of each metric are sent, in requests of their own.
        send_metadata: bool = boolean(false),
        /// Samples beside those of the points, so that `increase()` is true.
        truthful_counters: TruthfulKeys = block(),
    }
    parts {
        /// The client.
        client: Client [unless "http"],
        /// Names and labels.
        labels: LabelKeys,
    }
    no_effect "parts of a request go out in order, one at a time; lanes take the place of parallel requests" {
        max_batch_request_parallelism: maybe(integer(1..=MOST_REQUESTS, 5)),
    }
    no_effect "it is the only value that there is" {
        protobuf_message: choice(&[("prometheus.WriteRequest", ())], ()),
    }
    off "remove it" { convert_explicit_histograms_to_nhcb, keep_classic_histograms }
    refused "remove it; the queue is in memory" { wal }
    refused "remove it, or send fixed headers" { include_metadata_keys }
    refused "the queue of this exporter is remote_write_queue" { sending_queue }
    check Keys::check_keys;
}

config::block! {
    /// How the server is reached.
    pub struct Client {
        /// The whole address, such as `http://localhost:9090/api/v1/write`. It has to be written, here or in `http`.
        endpoint: Option<Uri> = maybe(url()),
    }
    parts {
        /// The client.
        http: HttpClient = &[("timeout", "5s")],
    }
    no_effect "it is the only value that there is" { compression: choice(&[("snappy", ()), ("", ())], ()) }
}

config::block! {
    /// What waits to be sent.
    pub struct Queue {
        /// There is always a queue: while it is full, senders are told to come again.
        enabled: bool = boolean(true),
        /// Requests that may wait, in all lanes.
        queue_size: u64 = integer(1..=MOST_REQUESTS, 10_000),
        /// Lanes, each of which has one request in flight; one a shard where nothing is written.
        num_consumers: Option<u64> = maybe(integer(1..=MOST_REQUESTS, 5)),
    }
    check Queue::check_enabled;
}

config::block! {
    /// The series `target_info`.
    pub struct Target {
        /// Whether there is one for each resource, with its attributes.
        enabled: bool = boolean(true),
    }
}

impl Queue {
    fn check_enabled(&self, rules: &mut Rules<'_>) {
        if !self.enabled {
            let help = "remove it; while the queue is full, senders are told to come again";
            rules.key_error("enabled", "this version always has a queue", help);
        }
    }
}

impl Keys {
    fn check_keys(&self, rules: &mut Rules<'_>) {
        const HELP: &str = "add endpoint: and the full address, such as http://localhost:9090/api/v1/write";
        self.labels.check_fixed("external_labels", &self.external_labels, rules);
        match &self.http {
            None if self.client.endpoint.is_none() => rules.block_error("endpoint", "required", HELP),
            None => {}
            Some(http) => {
                for flat in ["endpoint", "headers", "auth"] {
                    if rules.has(flat) {
                        let message = "the Collector does not read this key while there is a block http";
                        rules.key_error(flat, message, format!("move it to http.{flat}, or remove it"));
                    }
                }
                if http.endpoint.is_none() && !rules.has("endpoint") {
                    rules.block_error("http.endpoint", "required", HELP);
                }
            }
        }
    }

    /// The time of one attempt. The smaller one of those that are written cuts it.
    fn timeout(&self, written: &Written<'_>) -> Duration {
        let flat = self.client.http.timeout;
        let Some(http) = &self.http else {
            // The Collector's word for no limit.
            return if flat.is_zero() { Duration::MAX } else { flat };
        };
        let own = written.has("timeout").then_some(flat);
        let inner = written.within("http").is_some_and(|http| http.has("timeout")).then_some(http.http.timeout);
        let default = Client::default().http.timeout;
        [own, inner].into_iter().flatten().filter(|timeout| !timeout.is_zero()).min().unwrap_or(default)
    }

    /// What the block means. None if no address is written.
    #[must_use]
    pub fn settings(&self, id: &str, written: &Written<'_>) -> Option<Settings> {
        let client = self.http.as_ref().unwrap_or(&self.client);
        let lanes = self.remote_write_queue.num_consumers.and_then(|lanes| NonZeroUsize::new(lanes as usize));
        let default = Batching::default();
        let endpoint = client.endpoint.clone()?;
        let is_amazon = amazon::is_workspace(&endpoint);
        let bytes = match self.max_batch_size_bytes {
            Some(bytes @ 1..) => bytes as usize,
            _ if is_amazon => amazon::REQUEST_BYTES,
            _ => default.bytes,
        };
        let receiver = self.receiver.unwrap_or(if is_amazon { Receiver::Cortex } else { Receiver::Prometheus });
        let key = if self.http.is_some() { "http.auth.authenticator" } else { "auth.authenticator" };
        let authenticator = client.http.authenticator().map(str::to_owned);
        let authenticator = authenticator.map(|id| Reference { key, id, endpoint: endpoint.clone() });
        Some(Settings {
            id: id.to_owned(),
            endpoint,
            receiver,
            limits: self.limits.limits(receiver),
            authenticator,
            headers: client.http.header_map(),
            labelling: self.labels.labelling(&self.external_labels),
            target_info: if self.target_info.enabled { TargetInfo::Written } else { TargetInfo::Omitted },
            metadata: self.send_metadata,
            timeout: self.timeout(written),
            retry: retry(&self.retry_on_failure),
            lanes,
            queue_requests: self.remote_write_queue.queue_size as usize,
            queue_bytes: QUEUE_BYTES,
            batch: Batching { bytes, ..default },
            truthful: self.truthful_counters.settings(),
        })
    }
}

fn retry(block: &RetryOnFailure) -> Retry {
    let default = Retry::default();
    let wait = |written: Duration, default: Duration| if written.is_zero() { default } else { written };
    let initial = wait(block.initial_interval, default.initial.unwrap_or_default());
    Retry {
        initial: block.enabled.then_some(initial),
        multiplier: block.multiplier,
        jitter: block.randomization_factor,
        longest: wait(block.max_interval, default.longest),
        give_up: Some(block.max_elapsed_time).filter(|limit| !limit.is_zero()),
    }
}
