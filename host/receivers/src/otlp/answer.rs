//! What a sender is told, before it is put into the words of HTTP or gRPC.

use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use prost::Message as _;

use super::status::Code;
use pipeline::intake::refusal::{Accepted, Refusal};

/// The `ExportMetricsServiceResponse` to a request that was taken. `partial_success` is always there, as the Collector has
/// it; it says something only if points were dropped.
#[must_use]
pub fn success(accepted: &Accepted) -> Vec<u8> {
    ExportMetricsServiceResponse {
        partial_success: Some(ExportMetricsPartialSuccess {
            rejected_data_points: accepted.dropped.total().cast_signed(),
            error_message: accepted.message.clone(),
        }),
    }
    .encode_to_vec()
}

/// The same in JSON, where what is empty is left out.
#[must_use]
pub fn success_json(accepted: &Accepted) -> String {
    let dropped = accepted.dropped.total();
    let partial_success = match dropped {
        0 => serde_json::json!({}),
        _ => serde_json::json!({ "rejectedDataPoints": dropped.to_string(), "errorMessage": accepted.message }),
    };
    serde_json::json!({ "partialSuccess": partial_success }).to_string()
}

/// A request that was not taken: a code and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Says whether a retry makes sense.
    pub code: Code,
    /// What happened, whose fault it is, what to do.
    pub message: String,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match &refusal {
            Refusal::TooLarge(_) => Code::ResourceExhausted,
            refusal if refusal.may_retry() => Code::Unavailable,
            _ => Code::InvalidArgument,
        };
        Self { code, message: refusal.to_string() }
    }
}

/// Why logs and traces are not taken; senders do not repeat them.
pub const ONLY_METRICS: &str = "this endpoint takes metrics only: send logs and traces elsewhere, or switch them off \
                                (OTEL_LOGS_EXPORTER=none, OTEL_TRACES_EXPORTER=none)";

/// What a sender chose and is told again may be as long as this, bytes: an answer waits in memory until it is read.
const REPEATED_BYTES: usize = 100;

/// The beginning of a name that is told again.
#[must_use]
pub fn shortened(name: &str) -> &str {
    &name[..name.floor_char_boundary(REPEATED_BYTES)]
}
