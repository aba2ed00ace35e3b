//! Log lines: structured, on standard error.

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::settings::{Encoding, Telemetry};

/// Libraries whose lines may hold what nobody is to see, such as what is signed. What matters of them is logged here.
const SILENT: &str = "aws_";

/// Starts logging as configured. A second call has no effect.
pub fn start(telemetry: &Telemetry) {
    let lines = fmt().with_max_level(telemetry.level).with_writer(std::io::stderr);
    // Only tests that build several hosts in one process call this twice.
    let _ = match telemetry.encoding {
        Encoding::Console => {
            let colours = std::io::stderr().is_terminal();
            let lines = lines.with_ansi(colours).with_target(false).finish();
            tracing::subscriber::set_global_default(lines.with(but_silent()))
        }
        Encoding::Json => {
            let lines = lines.json().flatten_event(true).finish();
            tracing::subscriber::set_global_default(lines.with(but_silent()))
        }
    };
}

/// All lines but those of silent libraries.
fn but_silent() -> Targets {
    Targets::new().with_default(LevelFilter::TRACE).with_target(SILENT, LevelFilter::OFF)
}
