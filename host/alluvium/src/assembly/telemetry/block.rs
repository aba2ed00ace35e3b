//! The block `service.telemetry`: keys and defaults are the Collector's.

use ::telemetry::settings::Encoding;
use config::schema::Rules;
use tracing::level_filters::LevelFilter;

/// The Collector's port for its own metrics.
pub const PORT: u16 = 8888;

/// How a reader is written.
pub const READER: &str = "write readers: [{pull: {exporter: {prometheus: {host: localhost, port: 8888}}}}]";

config::block! {
    /// What the host says of itself.
    pub struct Keys {
        /// Its own metrics.
        metrics: Metrics = block(),
        /// Its log, on standard error.
        logs: Logs = block(),
    }
    no_effect "this host makes no traces of itself, and its own metrics have no resource" { traces, resource }
}

config::block! {
    /// The host's own metrics.
    pub struct Metrics {
        /// `none` serves no page; all other levels mean the same.
        level: Level = choice(
            &[("none", Level::Off), ("normal", Level::On), ("basic", Level::On), ("detailed", Level::On)],
            Level::On,
        ),
        /// Where they are served: exactly one reader, by default on `localhost:8888`.
        readers: Option<Vec<MetricReader>> = maybe(list(block())),
    }
    refused "write readers: [{pull: {exporter: {prometheus: {host: localhost, port: 8888}}}}]" { address }
    refused "remove it" { views }
    check Metrics::check_readers;
}

/// Whether the host's own metrics are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// They are not.
    Off,
    /// They are.
    On,
}

config::block! {
    /// One way in which metrics are read.
    pub struct MetricReader {
        /// Somebody comes for them.
        pull: Option<Pull> = required_unless("periodic", READER, block()),
    }
    refused "write readers: [{pull: {exporter: {prometheus: {host: localhost, port: 8888}}}}]" { periodic }
}

config::block! {
    /// Metrics that somebody comes for.
    pub struct Pull {
        /// In which form.
        exporter: PullExporter = block(),
    }
}

config::block! {
    /// The form of metrics that somebody comes for.
    pub struct PullExporter {
        /// A page for Prometheus.
        prometheus: Option<PrometheusReader> = required(READER, block()),
    }
}

config::block! {
    /// A page of own metrics for Prometheus; it stands at `/metrics`.
    pub struct PrometheusReader {
        /// The address to listen on.
        host: String = text("localhost"),
        /// The port.
        port: u64 = integer(0..=u64::from(u16::MAX), u64::from(PORT)),
    }
    no_effect "own metrics have fixed names" {
        without_units: boolean(true),
        without_type_suffix: boolean(true),
        without_scope_info: boolean(true),
        with_resource_constant_labels,
    }
}

config::block! {
    /// The host's log.
    pub struct Logs {
        /// What is written: this and all that is worse. The Collector has words for what is louder than an error; here
        /// nothing is.
        level: LevelFilter = choice(
            &[
                ("debug", LevelFilter::DEBUG),
                ("info", LevelFilter::INFO),
                ("warn", LevelFilter::WARN),
                ("error", LevelFilter::ERROR),
                ("dpanic", LevelFilter::ERROR),
                ("panic", LevelFilter::ERROR),
                ("fatal", LevelFilter::ERROR),
            ],
            LevelFilter::INFO,
        ),
        /// `console` is for people, `json` one object a line.
        encoding: Encoding = choice(&[("console", Encoding::Console), ("json", Encoding::Json)], Encoding::Console),
    }
    no_effect "the log goes to standard error, line by line" {
        sampling,
        output_paths: "[stderr]",
        error_output_paths: "[stderr]",
        disable_caller: "false",
        disable_stacktrace: "false",
        disable_zap_resource: "false",
        initial_fields,
        development: "false",
    }
    refused "remove it; logs go to standard error" { processors }
}

impl Metrics {
    fn check_readers(&self, rules: &mut Rules<'_>) {
        let Some(readers) = &self.readers else { return };
        if readers.len() != 1 && !(readers.is_empty() && self.level == Level::Off) {
            rules.error("readers", "this version has exactly one reader", READER);
        }
    }
}
