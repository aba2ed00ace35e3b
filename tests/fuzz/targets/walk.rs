//! The scan reads what `prost` reads, or refuses it. What it refuses although it is legal, is refused on purpose.
#![no_main]

use otlp::wire::Fault;
use libfuzzer_sys::fuzz_target;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;

#[path = "../../otlp/plain.rs"]
#[expect(dead_code, reason = "the tests of identities have the rest")]
mod plain;

#[path = "../../otlp/headers.rs"]
mod headers;

fuzz_target!(|bytes: &[u8]| {
    match (plain::read(bytes), ExportMetricsServiceRequest::decode(bytes)) {
        (Ok(found), Ok(decoded)) => {
            assert_eq!(found, plain::oracle(&decoded));
            assert_eq!(headers::read(bytes), headers::oracle(&decoded));
        }
        (Ok(_), Err(error)) => panic!("prost refuses: {error}"),
        (Err(malformed), Ok(decoded)) if malformed.fault == Fault::Split => whole(&decoded),
        (Err(malformed), Ok(_)) => on_purpose(malformed.fault),
        (Err(_), Err(_)) => {}
    }
});

/// The slow path: what came in pieces is put together by `prost`, and is then read like anything else.
fn whole(decoded: &ExportMetricsServiceRequest) {
    let bytes = decoded.encode_to_vec();
    match plain::read(&bytes) {
        Ok(found) => {
            assert_eq!(found, plain::oracle(decoded));
            assert_eq!(headers::read(&bytes), headers::oracle(decoded));
        }
        Err(malformed) => on_purpose(malformed.fault),
    }
}

fn on_purpose(fault: Fault) {
    assert!(matches!(fault, Fault::Depth | Fault::StringTable), "prost takes it: {fault}");
}
