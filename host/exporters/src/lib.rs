//! Exporters: where the pipeline's totals go.

pub mod debug;
pub mod forwarding;
pub mod labelling;
pub mod load_balancing;
pub mod nop;
pub mod otlp_grpc;
pub mod otlp_http;
pub mod remote_write;
pub mod scrape;

use pipeline::drops::{self, Reason};
use prometheus::labels::Unlabelled;

/// Why points of a stream are dropped that has no labels.
pub(crate) fn reason(unlabelled: &Unlabelled) -> Reason {
    match unlabelled {
        Unlabelled::Unnameable(_) => drops::UNNAMEABLE,
        Unlabelled::TooMany => drops::TOO_MANY_LABELS,
    }
}
