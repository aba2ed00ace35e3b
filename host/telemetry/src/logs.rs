//! Log lines: structured, on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::fmt;

use crate::settings::{Encoding, Telemetry};

/// Starts logging as configured. A second call has no effect.
pub fn start(telemetry: &Telemetry) {
    let lines = fmt().with_max_level(telemetry.level).with_writer(std::io::stderr);
    // Only tests that build several hosts in one process call this twice.
    let _ = match telemetry.encoding {
        Encoding::Console => {
            let colours = std::io::stderr().is_terminal();
            tracing::subscriber::set_global_default(lines.with_ansi(colours).with_target(false).finish())
        }
        Encoding::Json => tracing::subscriber::set_global_default(lines.json().flatten_event(true).finish()),
    };
}
