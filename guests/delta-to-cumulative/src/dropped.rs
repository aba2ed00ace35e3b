//! What an answer says of points that go no further, and of a call that makes no sense.

use crate::bindings::alluvium::processor::types::Failure;
use crate::reason::Reason;

/// The host sent columns that do not fit together; it never does.
const BROKEN_CALL: u32 = 1;

pub(crate) fn broken_call() -> Failure {
    Failure { code: BROKEN_CALL, message: "the columns of the call do not fit together".into(), retryable: false }
}

/// The bitmap and the reasons of dropped points; empty while there is none.
#[derive(Default)]
pub(crate) struct Dropped {
    pub(crate) bits: Vec<u64>,
    pub(crate) reasons: Vec<u32>,
}

impl Dropped {
    #[cold]
    pub(crate) fn add(&mut self, index: usize, count: usize, reason: Reason) {
        self.bits.resize(count.div_ceil(64), 0);
        self.bits[index / 64] |= 1 << (index % 64);
        self.reasons.push(reason as u32);
    }
}
