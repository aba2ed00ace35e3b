//! The processor's block: keys and defaults are the Collector's.

use std::time::Duration;

use config::schema::Rules;

use super::Settings;

/// The Collector's limits are numbers of 32 bits.
const MOST_MIB: u64 = u32::MAX as u64;

config::block! {
    /// The most that the host may hold.
    pub struct Keys {
        /// Taken as it is: the host's accounts are always up to date.
        check_interval: Option<Duration> = required("add check_interval: 1s", duration("0s")),
        /// The most that the host may hold, MiB.
        limit_mib: Option<u64> = required_unless(
            "limit_percentage",
            "add limit_mib: 512, or what the host may hold",
            integer(1..=MOST_MIB, 0),
        ),
        /// Requests are refused from so far below the limit, MiB; 0 means a fifth of it.
        spike_limit_mib: u64 = integer(0..=MOST_MIB, 0),
    }
    no_effect "it paces a garbage collector that this host does not have" {
        min_gc_interval_when_soft_limited: duration("10s"),
        min_gc_interval_when_hard_limited: duration("0s"),
        max_gc_interval_when_soft_limited: duration("30s"),
        max_gc_interval_when_hard_limited: duration("30s"),
    }
    refused "write limit_mib and spike_limit_mib, numbers of MiB" { limit_percentage, spike_limit_percentage }
    check Keys::check_limits;
}

impl Keys {
    fn check_limits(&self, rules: &mut Rules<'_>) {
        let (interval, spike) = ("check_interval", "spike_limit_mib");
        if self.check_interval == Some(Duration::ZERO) {
            rules.error(interval, "must be greater than zero", "write 1s");
        }
        if let Some(limit) = self.limit_mib.filter(|limit| self.spike_limit_mib >= *limit) {
            let message = format!("must be smaller than limit_mib: {} against {limit}", self.spike_limit_mib);
            rules.error(spike, message, "a fifth of limit_mib is the default");
            rules.beside("limit_mib", "the limit is here");
        }
    }

    /// What the block means. None if there is no limit.
    #[must_use]
    pub fn settings(&self) -> Option<Settings> {
        let limit = bytes(self.limit_mib?);
        let spike = match self.spike_limit_mib {
            0 => limit / 5,
            mib => bytes(mib),
        };
        Some(Settings { limit, spike })
    }
}

fn bytes(mib: u64) -> usize {
    usize::try_from(mib << 20).unwrap_or(usize::MAX)
}
