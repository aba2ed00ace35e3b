//! Fields that a newer OTLP may have. They are passed over, and counted.

use super::wire::{Fault, Field, Malformed};

/// Unknown fields that a request may have. A newer sender may add some to each message: the largest request has about
/// 200,000 points of a usual size, which is five for each. A field of two bytes costs as much time as one that says
/// something.
pub const UNKNOWN_FIELDS: usize = 1_000_000;

/// The unknown fields of a request.
#[derive(Debug, Default)]
pub(super) struct Unknown(usize);

impl Unknown {
    /// Counts `field`.
    #[cold]
    pub(super) fn add(&mut self, field: &Field<'_>) -> Result<(), Malformed> {
        self.0 += 1;
        if self.0 > UNKNOWN_FIELDS { Err(field.fault(Fault::TooMany)) } else { Ok(()) }
    }
}
