//! The processor as a component.

use std::time::Duration;

use component::exporter::Batching;
use component::processor::{Kind, Settings};
use config::block::Block;
use config::report::Report;

/// The Collector's sizes are numbers of 32 bits.
const MOST: u64 = u32::MAX as u64;

/// The Collector's defaults.
const TIMEOUT: Duration = Duration::from_millis(200);
const SIZE: u64 = 8_192;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["batch"],
    summary: "Says when exporters close a request.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    read: |_, block, report| Some(Settings::Batching(read(block, report))),
};

fn read(mut block: Block<'_>, report: &mut Report) -> Batching {
    let wait = block.duration("timeout", report).map_or(TIMEOUT, |at| at.value);
    let size = block.integer("send_batch_size", 0..=MOST, report).map_or(SIZE, |at| at.value);
    let most = block.integer("send_batch_max_size", 0..=MOST, report);
    if let Some(most) = most.filter(|at| at.value > 0 && at.value < size) {
        let message = format!("must not be smaller than send_batch_size: {} against {size}", most.value);
        let help = format!("write send_batch_size: {} as well, or less", most.value);
        report.error(most.place, &block.path_of("send_batch_max_size"), message, help);
    }
    block.refuse(&[("metadata_keys", "remove it; requests are not told apart by what their senders are")], report);
    block.ignore(&["metadata_cardinality_limit"], report);
    block.finish(report);
    match size {
        // The Collector then sends on whatever comes, at once.
        0 => Batching { samples: None, wait: Duration::ZERO },
        size => Batching { samples: Some(size as usize), wait },
    }
}
