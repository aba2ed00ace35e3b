//! The answers of back-ends: statuses of the specification, texts of Prometheus (`write_handler.go`, `tsdb/head_append.go`), of
//! Cortex and Mimir (`pkg/ingester`, `pkg/util/validation`), and of Amazon's "Troubleshooting".

use std::time::Duration;

use clock::UnixNanos;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::remote_write::verdict::Receiver::{Cortex, Prometheus};
use crate::remote_write::verdict::{Reason, Receiver, Verdict, verdict};

/// 2015-08-30, 12:36:00.
const NOW: UnixNanos = UnixNanos(1_440_938_160_000_000_000);

fn judged(receiver: Receiver, status: u16, text: &str) -> Verdict {
    verdict(receiver, StatusCode::from_u16(status).expect("a status"), &HeaderMap::new(), text, NOW)
}

#[test]
fn by_status() {
    for receiver in [Prometheus, Cortex] {
        for (statuses, expected) in [
            (&[200, 202, 204, 299][..], Verdict::Stored),
            (&[301, 302, 307, 308, 401, 403, 404], Verdict::Closed),
            (&[413], Verdict::TooLarge),
            (&[429], Verdict::Busy(None)),
            (&[408, 425, 500, 502, 503, 504, 599], Verdict::Failed(None)),
            (&[405, 415, 418], Verdict::Unwanted),
        ] {
            for &status in statuses {
                assert_eq!(judged(receiver, status, "any text"), expected, "{status}");
            }
        }
    }
}

/// A 400 says whether anything was stored only by who says it.
#[test]
fn by_receiver() {
    for (text, reason) in [
        ("out of order sample", Reason::OutOfOrder),
        ("duplicate sample for timestamp 1790000000000", Reason::Duplicate),
        ("out of bounds", Reason::TooOld),
        ("too old sample", Reason::TooOld),
        ("out of bounds: timestamp is too far in the future", Reason::TooFarAhead),
        (
            "user=u: err: out of order sample. timestamp=2026-01-01T00:00:00Z, series=x{series=\"limit\"}",
            Reason::OutOfOrder,
        ),
        (
            "the sample has been rejected because another sample with a more recent timestamp has already been ingested and out-of-order samples are not allowed (err-mimir-sample-out-of-order)",
            Reason::OutOfOrder,
        ),
        (
            "received a series whose number of labels exceeds the limit (err-mimir-max-label-names-per-series)",
            Reason::Labels,
        ),
        ("received series with an invalid label: 'a-b'", Reason::Labels),
        ("invalid compressed body", Reason::Other),
        ("", Reason::Other),
    ] {
        assert_eq!(judged(Prometheus, 400, text), Verdict::Bad(reason), "{text}");
        assert_eq!(judged(Cortex, 400, text), Verdict::StoredInPart(reason), "{text}");
    }
    for text in [
        "user=u: per-user series limit of 10 exceeded, please contact administrator to raise it (local limit: 10 global limit: 0)",
        "per-metric series limit of 3 exceeded",
        "per-user series limit of 1500000 exceeded (err-mimir-max-series-per-user)",
    ] {
        assert_eq!([Prometheus, Cortex].map(|receiver| judged(receiver, 400, text)), [Verdict::SeriesLimit; 2]);
    }
    // An older message of the same.
    assert_eq!(judged(Cortex, 429, "per-user series limit of 10 exceeded"), Verdict::Busy(None));
}

/// "Out of bounds" in the answer of a proxy says nothing of samples.
#[test]
fn words_of_others_are_no_verdict() {
    for text in ["out of bounds", "too old sample", "index out of bounds in handler"] {
        for receiver in [Prometheus, Cortex] {
            assert_eq!(judged(receiver, 500, text), Verdict::Failed(None));
        }
    }
}

#[test]
fn receivers_say_when() {
    for (text, seconds) in [
        ("7", Some(7)),
        (" 7 ", Some(7)),
        ("Sun, 30 Aug 2015 12:36:09 GMT", Some(9)),
        ("Sun, 30 Aug 2015 12:35:00 GMT", Some(0)),
        ("86400", Some(300)),
        ("soon", None),
        ("-1", None),
    ] {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(text).expect("a header"))]);
        let wait = seconds.map(Duration::from_secs);
        let of = |status| verdict(Prometheus, status, &headers, "", NOW);
        assert_eq!(of(StatusCode::TOO_MANY_REQUESTS), Verdict::Busy(wait), "{text}");
        assert_eq!(of(StatusCode::SERVICE_UNAVAILABLE), Verdict::Failed(wait), "{text}");
    }
}
