//! What the host is to say of itself.

use tracing::level_filters::LevelFilter;

/// The host's own metrics and logs, as meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telemetry {
    /// Where the host's own metrics are served; none if they are off.
    pub metrics: Option<String>,
    /// Which log lines are written.
    pub level: LevelFilter,
    /// Their form.
    pub encoding: Encoding,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// For people.
    Console,
    /// One JSON object a line.
    Json,
}
