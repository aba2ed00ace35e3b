//! The processor as a component.

use std::sync::Arc;
use std::time::Duration;

use budget::Budget;
use component::processor::{self, Kind, LimiterSettings};
use config::block::{At, Block};
use config::report::Report;
use pipeline::decide;
use pipeline::intake::leg::Limiter;
use pipeline::shard::Gauges;

use super::Settings;

/// The Collector's limits are numbers of 32 bits.
const MOST_MIB: u64 = u32::MAX as u64;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["memory_limiter"],
    summary: "Refuses requests, in a way that can be retried, while the host holds too much.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    read: |_, block, report| Some(processor::Settings::Limiter(Arc::new(read(block, report)?))),
};

impl LimiterSettings for Settings {
    fn build(
        &self,
        budgets: Vec<Budget>,
        shards: Vec<Arc<Gauges>>,
        deciders: Vec<Arc<decide::Gauges>>,
    ) -> Box<dyn Limiter> {
        Box::new((*self).build(budgets, shards, deciders))
    }
}

fn read(mut block: Block<'_>, report: &mut Report) -> Option<Settings> {
    // The host's accounts are always up to date; the interval is taken for compatibility.
    if block.demand("check_interval", "add check_interval: 1s", report)
        && let Some(At { place, value: Duration::ZERO }) = block.duration("check_interval", report)
    {
        report.error(place, &block.path_of("check_interval"), "must be greater than zero", "write 1s");
    }
    // Who writes a percentage is told below that there are none.
    let has_limit = block.has("limit_percentage").is_some()
        || block.demand("limit_mib", "add limit_mib: 512, or what the host may hold", report);
    let limit = has_limit.then(|| block.integer("limit_mib", 1..=MOST_MIB, report)).flatten();
    let spike = block.integer("spike_limit_mib", 0..=MOST_MIB, report).filter(|at| at.value > 0);
    let help = "write limit_mib and spike_limit_mib, numbers of MiB";
    block.refuse(&[("limit_percentage", help), ("spike_limit_percentage", help)], report);
    // They pace a garbage collector that this host has not.
    for pace in [
        "min_gc_interval_when_soft_limited",
        "min_gc_interval_when_hard_limited",
        "max_gc_interval_when_soft_limited",
        "max_gc_interval_when_hard_limited",
    ] {
        block.duration(pace, report);
    }
    let limit = limit.map(|at| at.value);
    if let (Some(limit), Some(At { place, value: spike })) = (limit, &spike)
        && *spike >= limit
    {
        let message = format!("must be smaller than limit_mib: {spike} against {limit}");
        let help = "a fifth of limit_mib is the default";
        report.error(*place, &block.path_of("spike_limit_mib"), message, help);
    }
    block.finish(report);
    let limit = bytes(limit?);
    // The Collector's default.
    let spike = spike.map_or(limit / 5, |at| bytes(at.value));
    Some(Settings { limit, spike })
}

fn bytes(mib: u64) -> usize {
    usize::try_from(mib << 20).unwrap_or(usize::MAX)
}
