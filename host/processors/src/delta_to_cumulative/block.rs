//! The processor's block. The settings of the guest that ships are checked here, where their lines are known, as the
//! Collector checks them; the defaults are its, too.

use std::time::Duration;

use config::schema::Rules;
use serde_json::{Map, Value as Json, json};
use wasm::{DELTA_TO_CUMULATIVE, Source};

use crate::guest::settings::{GuestSettings, Module};

/// The Collector's word for no limit.
const NO_LIMIT: u64 = i64::MAX as u64;

/// What becomes of points that come in another order than that of their times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordering {
    /// They are added.
    Merge,
    /// They are dropped.
    Strict,
}

config::block! {
    /// How deltas are added up.
    pub struct Keys {
        /// A stream that got no point for so long is forgotten; it begins anew afterwards. That its points have been here
        /// is known for five minutes in any case.
        max_stale: Duration = duration("5m"),
        /// Points of further streams are dropped, reason `limit`. The host has a limit of its own, of 4,000,000.
        max_streams: u64 = integer(0..=NO_LIMIT, NO_LIMIT),
        /// `merge` adds late and overlapping intervals, and brings histograms whose bounds differ to the bounds that they
        /// share; `strict` does what the Collector does.
        ordering: Ordering = choice(&[("merge", Ordering::Merge), ("strict", Ordering::Strict)], Ordering::Merge),
    }
    parts {
        /// Another guest in its place.
        module: Module,
    }
    check Keys::check_limits;
}

impl Keys {
    fn check_limits(&self, rules: &mut Rules<'_>) {
        let (stale, streams) = ("max_stale", "max_streams");
        if self.max_stale.is_zero() {
            let help = "write how long a stream may be silent before it is forgotten, such as 5m";
            rules.error(stale, "must be greater than zero", help);
        }
        if self.max_streams == 0 {
            let help = "remove the key if there is to be no limit; else write one, such as 1000000";
            let message = "0 sets no limit here; the Collector would refuse every stream";
            rules.warning(streams, message, help);
        }
    }

    /// What the block means.
    #[must_use]
    pub fn settings(&self, id: &str) -> GuestSettings {
        let mut settings = Map::<String, Json>::new();
        settings.insert("max_stale".into(), json!(format!("{}ns", self.max_stale.as_nanos())));
        if !matches!(self.max_streams, 0 | NO_LIMIT) {
            settings.insert("max_streams".into(), json!(self.max_streams));
        }
        let ordering = match self.ordering {
            Ordering::Merge => "merge",
            Ordering::Strict => "strict",
        };
        settings.insert("ordering".into(), json!(ordering));
        GuestSettings::new(id, Source::Embedded(DELTA_TO_CUMULATIVE), settings)
    }
}
