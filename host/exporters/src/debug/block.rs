//! The exporter's block: keys and defaults are the Collector's.

use super::{Sampling, Settings, Target, Verbosity};

/// More than this says "all" or "none" in other words.
const MOST: u64 = u32::MAX as u64;

config::block! {
    /// Points as text, for people who want to see what flows.
    pub struct Keys {
        /// `basic`: a line a batch; `normal`: a line a point, under its resource and scope; `detailed`: all there is.
        verbosity: Verbosity = choice(
            &[("basic", Verbosity::Basic), ("normal", Verbosity::Normal), ("detailed", Verbosity::Detailed)],
            Verbosity::Basic,
        ),
        /// In each second the first so many batches are shown.
        sampling_initial: u64 = integer(0..=MOST, 2),
        /// After those each so-many-th; 0 means none.
        sampling_thereafter: u64 = integer(0..=MOST, 1),
        /// `false` prints to standard output in place of standard error.
        use_internal_logger: bool = boolean(true),
    }
    refused "remove it; use_internal_logger: false writes to standard output" { output_paths }
    refused "remove it" { sending_queue }
}

impl Keys {
    /// What the block means.
    #[must_use]
    pub fn settings(&self, id: &str) -> Settings {
        Settings {
            id: id.to_owned(),
            verbosity: self.verbosity,
            sampling: Sampling::new(self.sampling_initial, self.sampling_thereafter),
            target: if self.use_internal_logger { Target::Errors } else { Target::Output },
        }
    }
}
