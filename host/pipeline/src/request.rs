//! A request, as far as it is known once it has been scanned.

use bytes::Bytes;

use super::context::RequestContext;
use budget::Reservation;
use otlp::points::Points;

/// A request, and where descriptions are in it.
pub struct Request {
    /// The `ExportMetricsServiceRequest`.
    pub bytes: Bytes,
    /// Its metrics, scopes and resources; the points have been taken out.
    pub places: Points,
    /// What else is known of it.
    pub context: RequestContext,
    /// Bytes in flight that are charged for it.
    pub reservation: Reservation,
}
