//! The exporter's block, read.

use config::block::Block;
use config::report::Report;

use super::{Sampling, Settings, Target, Verbosity};

/// More than this says "all" or "none" in other words.
const MOST: u64 = u32::MAX as u64;

/// The Collector's defaults.
const INITIAL: u64 = 2;
const THEREAFTER: u64 = 1;

/// Reads the block.
pub fn read(id: &str, mut block: Block<'_>, report: &mut Report) -> Settings {
    let words = [("basic", Verbosity::Basic), ("normal", Verbosity::Normal), ("detailed", Verbosity::Detailed)];
    let verbosity = block.choice("verbosity", &words, report).unwrap_or_default();
    let initial = block.integer("sampling_initial", 0..=MOST, report).map_or(INITIAL, |at| at.value);
    let thereafter = block.integer("sampling_thereafter", 0..=MOST, report).map_or(THEREAFTER, |at| at.value);
    let target = match block.boolean("use_internal_logger", report) {
        Some(false) => Target::Output,
        _ => Target::Errors,
    };
    let help = "remove it; use_internal_logger: false writes to standard output";
    block.refuse(&[("output_paths", help), ("sending_queue", "remove it")], report);
    block.finish(report);
    Settings { id: id.into(), verbosity, sampling: Sampling::new(initial, thereafter), target }
}
