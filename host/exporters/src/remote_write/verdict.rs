//! What an answer means: from its status, its text and its headers, and from who gave it (remote write 1.0, "Retries &
//! Backoff"; what Prometheus, Cortex and its relatives really say).

use std::time::{Duration, UNIX_EPOCH};

use clock::UnixNanos;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};

/// A receiver may ask to be left alone for so long at most.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(5 * 60);

/// How a back-end takes requests in which something is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiver {
    /// All or nothing: Prometheus rolls back (`write` in its `write_handler.go`).
    Prometheus,
    /// What is good is stored, the answer is 400: Cortex, Mimir, Amazon Managed Service for Prometheus.
    Cortex,
}

/// What follows from an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has all of the request.
    Stored,
    /// It has what is good in the request, and will take no more of it.
    StoredInPart(Reason),
    /// It has nothing of the request, as something in it is bad.
    Bad(Reason),
    /// Some series cannot be made, as there are too many; it does not say which.
    SeriesLimit,
    /// It has nothing of the request, which is too large.
    TooLarge,
    /// It has nothing of the request, and too much to do.
    Busy(Option<Duration>),
    /// Something failed there.
    Failed(Option<Duration>),
    /// It would answer so to any request: it does not know this client, there is nothing at the address, or it is elsewhere.
    Closed,
    /// It does not want this request, for reasons of its own.
    Unwanted,
}

/// What a back-end has against samples, as far as its words tell. Nothing is decided by it, apart from
/// [`Verdict::SeriesLimit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The series has a newer one.
    OutOfOrder,
    /// The series has another value at that time.
    Duplicate,
    /// It is too far behind the newest.
    TooOld,
    /// It is too far ahead of the clock.
    TooFarAhead,
    /// The series would be one too many.
    SeriesLimit,
    /// Its labels are too many, too long or malformed.
    Labels,
    /// The request, or a sample in it alone, is too large.
    TooLarge,
    /// Attempts with it always failed, while others succeeded.
    Failing,
    /// Anything else.
    Other,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::OutOfOrder,
        Self::Duplicate,
        Self::TooOld,
        Self::TooFarAhead,
        Self::SeriesLimit,
        Self::Labels,
        Self::TooLarge,
        Self::Failing,
        Self::Other,
    ];

    /// Its name in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OutOfOrder => "out_of_order",
            Self::Duplicate => "duplicate",
            Self::TooOld => "too_old",
            Self::TooFarAhead => "too_far_ahead",
            Self::SeriesLimit => "series_limit",
            Self::Labels => "labels",
            Self::TooLarge => "too_large",
            Self::Failing => "failing",
            Self::Other => "other",
        }
    }

    /// The reason that a text of status 400 gives.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let known = WORDS.iter().find(|(words, _)| words.iter().any(|words| text.contains(words)));
        known.map_or(Self::Other, |(_, reason)| *reason)
    }
}

/// Words of Prometheus, Cortex, Mimir and Amazon, in lower case. The first that is found counts.
const WORDS: [(&[&str], Reason); 6] = [
    (&["series limit", "series_limit", "max-series", "max_series", "active series"], Reason::SeriesLimit),
    (&["too far in the future", "too-far-in-future"], Reason::TooFarAhead),
    (&["out of order", "out-of-order"], Reason::OutOfOrder),
    (
        &["duplicate sample", "duplicate-timestamp", "new value for timestamp", "new-value-for-timestamp"],
        Reason::Duplicate,
    ),
    (&["too old", "too-old", "out of bounds", "max_sample_age"], Reason::TooOld),
    (&["label", "metric name", "metric_name"], Reason::Labels),
];

/// Judges an answer that came at `now`.
#[must_use]
pub fn verdict(receiver: Receiver, status: StatusCode, headers: &HeaderMap, text: &str, now: UnixNanos) -> Verdict {
    match status {
        _ if status.is_success() => Verdict::Stored,
        _ if status.is_redirection() => Verdict::Closed,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => Verdict::Closed,
        StatusCode::TOO_MANY_REQUESTS => Verdict::Busy(retry_after(headers, now)),
        StatusCode::PAYLOAD_TOO_LARGE => Verdict::TooLarge,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => Verdict::Failed(retry_after(headers, now)),
        _ if status.is_server_error() => Verdict::Failed(retry_after(headers, now)),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => match (Reason::of(text), receiver) {
            (Reason::SeriesLimit, _) => Verdict::SeriesLimit,
            (reason, Receiver::Prometheus) => Verdict::Bad(reason),
            (reason, Receiver::Cortex) => Verdict::StoredInPart(reason),
        },
        _ => Verdict::Unwanted,
    }
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: UnixNanos) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = httpdate::parse_http_date(text).ok()?;
            date.duration_since(UNIX_EPOCH).ok()?.saturating_sub(Duration::from_nanos(now.0))
        }
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}
