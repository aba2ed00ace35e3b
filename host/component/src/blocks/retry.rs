//! Retries of exporters.

use std::time::Duration;

use config::schema::Rules;

/// More than this is a slip of the finger; it also keeps sums of waits within their type.
const STEEPEST: f64 = 1_000.0;

config::block! {
    /// How a failed request is sent again.
    pub struct RetryOnFailure {
        /// Whether failed requests are sent again.
        enabled: bool = boolean(true),
        /// The first wait.
        initial_interval: Duration = duration("5s"),
        /// A wait is up to this share shorter or longer.
        randomization_factor: f64 = number(0.0..=1.0, 0.5),
        /// Each wait is so many times the one before.
        multiplier: f64 = number(1.0..=STEEPEST, 1.5),
        /// The longest wait.
        max_interval: Duration = duration("30s"),
        /// After so long a request is given up; 0 means never.
        max_elapsed_time: Duration = duration("5m"),
    }
    check RetryOnFailure::check_waits;
}

impl RetryOnFailure {
    fn check_waits(&self, rules: &mut Rules<'_>) {
        let limit = self.max_elapsed_time;
        for (key, wait) in [("initial_interval", self.initial_interval), ("max_interval", self.max_interval)] {
            if wait.is_zero() {
                // The Collector takes it and asks the server without a pause; nobody means that.
                let message = "0 would mean retries without a pause; the default is used";
                rules.warning(key, message, "remove it, or write how long to wait");
            }
            if self.enabled && !limit.is_zero() && limit < wait {
                let message = format!("must not be shorter than {key}: {limit:?} against {wait:?}");
                rules.error("max_elapsed_time", message, "0 sets no limit");
                rules.beside(key, "the wait is here");
            }
        }
    }
}
