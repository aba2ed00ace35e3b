//! What the processor says of itself on the page of own metrics.

use component::metrics::{COUNTER, GAUGE};
use prometheus::exposition::Page;

use super::attributes::Attributes;
use super::detect::Found;
use super::failure::Failure;

/// How a detector fared.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The detector.
    pub detector: &'static str,
    /// Attempts that found something, or found that there is nothing to be found.
    pub found: u64,
    /// Attempts that found that the host does not run there.
    pub absent: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// How long it took, with all attempts and the waits between them.
    pub seconds: f64,
}

impl Seen {
    pub(super) fn new(detector: &'static str) -> Self {
        Self { detector, found: 0, absent: 0, failed: 0, seconds: 0.0 }
    }

    pub(super) fn count(&mut self, result: &Result<Attributes, Failure>) {
        let counter = match result {
            Ok(_) => &mut self.found,
            Err(Failure::Absent(_)) => &mut self.absent,
            Err(Failure::Failed { .. }) => &mut self.failed,
        };
        *counter += 1;
    }
}

/// Adds the metrics of a processor.
pub(super) fn add(page: &mut Page, id: &str, found: &Found) {
    const ATTRIBUTES: &str = "alluvium_resource_detection_attributes";
    const DURATION: &str = "alluvium_resource_detection_duration_seconds";
    const ATTEMPTS: &str = "alluvium_resource_detection_attempts_total";
    let attributes = found.attributes.len() as f64;
    page.add(ATTRIBUTES, GAUGE, "Attributes that were detected.", &[("processor", id)], attributes);
    for Seen { detector, found, absent, failed, seconds } in &found.seen {
        let labels = [("processor", id), ("detector", detector)];
        page.add(DURATION, GAUGE, "How long a detector took, with all its attempts.", &labels, *seconds);
        for (result, count) in [("found", found), ("absent", absent), ("failed", failed)] {
            let labels = [("processor", id), ("detector", detector), ("result", result)];
            page.add(ATTEMPTS, COUNTER, "Attempts of a detector, by what came of them.", &labels, *count as f64);
        }
    }
}
