//! Keys of queue, batches and retries.

use std::sync::Arc;
use std::time::Duration;

use component::blocks::{QueueBatch, QueueSizer, RetryOnFailure, SendingQueue, SizedBy};
use config::schema::{Rules, Written};
use delivery::Retry;
use forward::settings::{BATCH_BYTES, Filling, Queue, Settings};

/// Bytes that may wait for one destination, uncompressed, where the configuration sets no bound in bytes: some seconds of a
/// busy gateway.
pub const QUEUE_BYTES: usize = 64 << 20;

/// Bytes that may wait for all destinations of an exporter.
pub const TOTAL_QUEUE_BYTES: usize = 1 << 30;

/// More than these are slips of the finger; they also keep sums of sizes within their types.
const MOST_BATCH_BYTES: u64 = 1 << 30;
const MOST_LANES: u64 = 1_000;

config::block! {
    /// What waits to be sent, and how it is sent again.
    pub struct ForwardKeys {
        /// How a failed request is sent again. Nothing is given up unless `max_elapsed_time` is written.
        retry_on_failure: RetryOnFailure = block(),
        /// What waits to be sent to a destination. `num_consumers` are lanes, each with one request in flight: one where nothing
        /// is written. Requests that wait are put together: `batch` says when they leave.
        sending_queue: SendingQueue = block(),
        /// No request is larger, uncompressed, bytes: what gRPC receivers take by default.
        max_batch_bytes: u64 = integer(1_024..=MOST_BATCH_BYTES, BATCH_BYTES as u64),
    }
    check ForwardKeys::check_keys;
}

impl ForwardKeys {
    fn check_keys(&self, rules: &mut Rules<'_>) {
        let queue = &self.sending_queue;
        if !queue.enabled {
            let message = "this host always has a queue; a sender is told when its request is in it";
            rules.warning("sending_queue.enabled", message, "remove it");
        }
        if queue.sizer == QueueSizer::Items {
            let help = "write sizer: requests or sizer: bytes";
            rules.error("sending_queue.sizer", "this queue counts requests or bytes", help);
        }
        if queue.num_consumers > MOST_LANES {
            let help = format!("write at most {MOST_LANES}");
            rules.error("sending_queue.num_consumers", "each is a connection of its own", help);
        }
        if queue.wait_for_result {
            let message = "in this version a sender is told when its request is in the queue";
            rules.error("sending_queue.wait_for_result", message, "remove it");
        }
        if queue.block_on_overflow {
            let message = "while the queue is full, senders are told to come again";
            rules.warning("sending_queue.block_on_overflow", message, "remove it");
        }
    }

    /// What the keys mean, which were written so.
    #[must_use]
    pub fn settings(&self, id: &str, written: Option<&Written<'_>>) -> Settings {
        let has = |block: &str, key: &str| {
            let block = written.and_then(|written| written.within(block));
            block.is_some_and(|block| block.has(key))
        };
        let has_lanes = has("sending_queue", "num_consumers");
        let ends = has("retry_on_failure", "max_elapsed_time");
        Settings {
            exporter: Arc::from(id),
            filling: self.filling(),
            queue: self.queue(if has_lanes { self.sending_queue.num_consumers as usize } else { 1 }),
            retry: retry(&self.retry_on_failure, ends),
        }
    }

    fn filling(&self) -> Filling {
        let default = Filling { bytes: self.max_batch_bytes as usize, ..Filling::default() };
        let Some(batch) = &self.sending_queue.batch else { return default };
        let QueueBatch { flush_timeout: wait, min_size, max_size, sizer } = batch;
        let most = |size: u64| if size == 0 { usize::MAX } else { size as usize };
        let counts_bytes = match sizer {
            Some(sizer) => *sizer == SizedBy::Bytes,
            None => self.sending_queue.sizer == QueueSizer::Bytes,
        };
        if counts_bytes {
            let bytes = if *max_size == 0 { *min_size } else { *max_size };
            return Filling { bytes: default.bytes.min(most(bytes)), wait: *wait, ..default };
        }
        Filling { points: most(*min_size), wait: *wait, ..default }
    }

    fn queue(&self, lanes: usize) -> Queue {
        let size = self.sending_queue.queue_size as usize;
        let (batches, bytes) = match self.sending_queue.sizer {
            QueueSizer::Bytes => (usize::MAX, size),
            QueueSizer::Requests | QueueSizer::Items => (size, QUEUE_BYTES),
        };
        Queue { lanes, batches, bytes, total_bytes: TOTAL_QUEUE_BYTES.max(bytes) }
    }
}

/// What follows a failed attempt. `ends` says whether an item is ever given up.
pub fn retry(block: &RetryOnFailure, ends: bool) -> Retry {
    let default = RetryOnFailure::default();
    let wait = |written: Duration, default| if written.is_zero() { default } else { written };
    let initial = wait(block.initial_interval, default.initial_interval);
    Retry {
        initial: block.enabled.then_some(initial),
        multiplier: block.multiplier,
        jitter: block.randomization_factor,
        longest: wait(block.max_interval, default.max_interval),
        give_up: Some(block.max_elapsed_time).filter(|limit| ends && !limit.is_zero()),
    }
}
