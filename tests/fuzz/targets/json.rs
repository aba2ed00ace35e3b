//! Whatever its text, a request in JSON is refused, or becomes protobuf that `prost` and the scan read.
#![no_main]

use otlp::json;
use otlp::key::Keyer;
use otlp::scan::{self, ScanError};
use otlp::wire::Fault;
use budget::Budget;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;

/// Bytes: below and above the first piece of room that a request gets.
const LIMITS: [usize; 2] = [100, 200_000];

fuzz_target!(|text: &[u8]| {
    for limit in LIMITS {
        let mut reservation = Budget::new(usize::MAX).empty_reservation();
        let decoded = json::decode(Bytes::copy_from_slice(text), limit, &mut reservation);
        // The one byte more shows that there is more.
        assert!(reservation.bytes() <= limit + 1, "{} bytes are held", reservation.bytes());
        let Ok(bytes) = decoded else { continue };
        assert!(bytes.len() <= limit);
        // Within a text, a control character stands for itself.
        let printable: Vec<u8> = text.iter().map(|byte| (*byte).max(b' ')).collect();
        assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&printable).is_ok(), "it is no JSON");
        if let Err(error) = ExportMetricsServiceRequest::decode(&*bytes) {
            // Values may nest deeper in JSON than in prost; the scan is stricter than both.
            assert!(error.to_string().contains("recursion limit"), "prost refuses: {error}");
        }
        let walked = scan::scan(&bytes, &Keyer::random(), &mut |_| true);
        assert_ne!(walked.as_ref().err(), Some(&ScanError::NoRoom));
        if let Err(ScanError::Malformed(malformed)) = walked {
            let on_purpose = matches!(malformed.fault, Fault::Depth | Fault::StringTable | Fault::TooMany);
            assert!(on_purpose, "the scan refuses: {}", malformed.fault);
        }
    }
});
