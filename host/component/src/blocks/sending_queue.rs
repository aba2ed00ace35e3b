//! The queue of exporters.

use std::time::Duration;

use config::schema::Rules;

/// What a queue counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueSizer {
    /// Requests.
    Requests,
    /// Data points.
    Items,
    /// Bytes.
    Bytes,
}

/// What a batch of a queue counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizedBy {
    /// Data points.
    Items,
    /// Bytes.
    Bytes,
}

/// More than this is a slip of the finger.
const MOST: u64 = 1 << 40;

config::block! {
    /// What waits to be sent.
    pub struct SendingQueue {
        /// Whether there is a queue.
        enabled: bool = boolean(true),
        /// What `queue_size` counts.
        sizer: QueueSizer = choice(
            &[("requests", QueueSizer::Requests), ("items", QueueSizer::Items), ("bytes", QueueSizer::Bytes)],
            QueueSizer::Requests,
        ),
        /// So much may wait, what is being sent included.
        queue_size: u64 = integer(1..=MOST, 1_000),
        /// Requests in flight at once.
        num_consumers: u64 = integer(1..=MOST, 10),
        /// Whether a sender waits while the queue is full, in place of being told to come again.
        block_on_overflow: bool = boolean(false),
        /// Whether a sender waits until its request has arrived.
        wait_for_result: bool = boolean(false),
        /// Requests are put together to larger ones.
        batch: Option<QueueBatch> = optional(),
    }
    refused "remove it; the queue is in memory" { storage }
    check SendingQueue::check_sizes;
}

config::block! {
    /// When a request is full.
    pub struct QueueBatch {
        /// The first data in it has waited so long.
        flush_timeout: Duration = duration("200ms"),
        /// It has so much.
        min_size: u64 = integer(0..=MOST, 8_192),
        /// No request has more; 0 sets no limit.
        max_size: u64 = integer(0..=MOST, 0),
        /// What the sizes count; by default what the queue counts, or data points.
        sizer: Option<SizedBy> = maybe(choice(&[("items", SizedBy::Items), ("bytes", SizedBy::Bytes)], SizedBy::Items)),
    }
    refused "remove it; requests are not told apart by what their senders are" { partition }
    check QueueBatch::check_sizes;
}

impl QueueBatch {
    fn check_sizes(&self, rules: &mut Rules<'_>) {
        if self.flush_timeout.is_zero() {
            rules.error("flush_timeout", "must be greater than zero", "write 200ms, the default");
        }
        if self.max_size != 0 && self.max_size < self.min_size {
            let message = format!("must not be smaller than min_size: {} against {}", self.max_size, self.min_size);
            let help = format!("write min_size: {} as well, or less", self.max_size);
            rules.error("max_size", message, help);
        }
    }
}

impl SendingQueue {
    fn check_sizes(&self, rules: &mut Rules<'_>) {
        let Some(batch) = &self.batch else { return };
        let is_same = match batch.sizer {
            None => self.sizer != QueueSizer::Requests,
            Some(SizedBy::Items) => self.sizer == QueueSizer::Items,
            Some(SizedBy::Bytes) => self.sizer == QueueSizer::Bytes,
        };
        if is_same && batch.min_size > self.queue_size {
            let message = format!("must not be larger than queue_size: {} against {}", batch.min_size, self.queue_size);
            rules.error("batch.min_size", message, "such a batch would never be full; write a larger queue_size");
        }
        // The Collector refuses this as well, for the sizer of the batch is then that of the queue.
        if batch.sizer.is_none() && self.sizer == QueueSizer::Requests && rules.has("sizer") {
            let message = "a batch counts items or bytes, and this queue counts requests";
            rules.error("batch", message, "write sizer: items in the block batch, or remove sizer from the queue");
        }
    }
}
