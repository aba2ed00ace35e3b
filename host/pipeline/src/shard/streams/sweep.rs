//! Streams that have been idle for too long are forgotten, by the table and by all that keep something of them.

use std::time::Duration;

use super::Streams;
use crate::stage::Stage;
use clock::{Moment, SECOND};
use streams::table::{Entry, Left};

/// A stream is forgotten after so long without a point where no processor that holds state of it asks for another time.
/// It is the Collector's default for `max_stale`, and the time after which Prometheus takes a series for gone. Seconds.
pub const IDLE_SECONDS: u32 = 5 * 60;

/// The table is swept once in this time, bit by bit.
const SWEEP: Duration = Duration::from_secs(60);

impl Streams {
    /// Forgets streams that have been idle for too long, in a share of the table that corresponds to the time since the
    /// last sweep.
    pub fn sweep(&mut self, now: Moment) {
        let share = now.monotonic.since(self.swept).div_duration_f64(SWEEP);
        self.swept = now.monotonic;
        let Self { table, stages, outputs, host_limit, .. } = self;
        let idle: Vec<Option<u32>> = stages.iter().map(|stage| idle_seconds(stage.limits().max_idle)).collect();
        let swept = table.sweep(
            share,
            now.monotonic.to_seconds(),
            |entry| patience(entry, &idle),
            |left| match left {
                Left::Output(stream, entry) => {
                    outputs.iter_mut().for_each(|output| output.forget(stream));
                    for stage in processing(stages, entry) {
                        stage.evict(stream);
                        stage.limits().streams.leave();
                    }
                }
                Left::Input => host_limit.leave(),
            },
        );
        if let Err(error) = swept {
            tracing::warn!(%error, "no memory to clean the stream memo; trying again later");
        }
    }
}

/// The stages that process an output stream.
fn processing<'a>(stages: &'a mut [Box<dyn Stage>], entry: &Entry) -> impl Iterator<Item = &'a mut Box<dyn Stage>> {
    let decisions = entry.decisions;
    stages.iter_mut().enumerate().filter(move |(index, _)| decisions & 1 << index != 0).map(|(_, stage)| stage)
}

/// How long inputs of an output stream may be idle, seconds: as long as the most impatient of the stages that process it
/// allows.
fn patience(entry: &Entry, idle: &[Option<u32>]) -> u32 {
    let processing = idle.iter().enumerate().filter(|(index, _)| entry.decisions & 1 << index != 0);
    processing.filter_map(|(_, idle)| *idle).min().unwrap_or(IDLE_SECONDS)
}

fn idle_seconds(max_idle: Option<u64>) -> Option<u32> {
    max_idle.map(|idle| u32::try_from(idle / SECOND).unwrap_or(u32::MAX))
}
