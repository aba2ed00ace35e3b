//! The keys.

use std::time::Duration;

use config::schema::Rules;

use super::ownership::Writers;
use crate::remote_write::settings::{Switch, TruthfulCounters};

/// More than these make requests large, and the first total late, for nothing.
const MOST_ZEROS: u64 = 1_000;

/// At less, all series would be written with each tick.
const LEAST_INTERVAL: Duration = Duration::from_secs(1);

const SWITCH: &[(&str, Switch)] = &[("auto", Switch::Auto), ("true", Switch::On), ("false", Switch::Off)];

config::block! {
    /// Samples beside those of the points, so that `increase()` is true.
    pub struct TruthfulKeys {
        /// Zeros, a millisecond apart, in front of each total that begins here; 0 switches them off. With n of them
        /// `increase()` of a series with a single point is 50/n percent too high; without, there is no value.
        zeros: u64 = integer(0..=MOST_ZEROS, 100),
        /// Whether totals that do not change are written again while their streams live. They must not be where another
        /// process may write the same series: `auto` writes them where this one is known to be the only writer.
        repeats: Switch = choice(SWITCH, Switch::Auto),
        /// The step of repeats.
        repeat_interval: Duration = duration("60s"),
        /// Whether a series gets a staleness marker when its stream is forgotten; `auto` as for `repeats`.
        stale_markers: Switch = choice(SWITCH, Switch::Auto),
        /// No other process writes the series of this exporter, so that `auto` is on. Two workers that share their streams
        /// without a label that tells them apart are several writers, and so is a successor that starts before this one has
        /// stopped.
        single_writer: bool = boolean(false),
    }
    check TruthfulKeys::check_interval;
}

impl TruthfulKeys {
    fn check_interval(&self, rules: &mut Rules<'_>) {
        if self.repeat_interval < LEAST_INTERVAL {
            let help =
                "write how often a total is to be written again, such as 60s; repeats: false switches repeats off";
            rules.error("repeat_interval", "must be 1s at least", help);
        }
    }

    /// What the block means.
    #[must_use]
    pub fn settings(&self) -> TruthfulCounters {
        TruthfulCounters {
            zeros: self.zeros as usize,
            repeats: self.repeats,
            repeat_interval: self.repeat_interval,
            stale_markers: self.stale_markers,
            writers: if self.single_writer { Writers::Single } else { Writers::Unknown },
        }
    }
}
