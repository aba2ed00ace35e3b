//! What is compressed is inflated by a receiver.

use budget::Budget;
use clock::{Clock, UnixNanos};
use forward::batch::OpenBatch;
use otlp::inflate::{Encoding, inflate};

use crate::forwarding::compression::{OF_GRPC, OF_HTTP, Protocol};

/// Scenario: a batch of several pieces of memory, in every encoding. Guarantee: receivers inflate it, by the name that it has.
#[test]
fn what_is_sent_is_read() {
    let (clock, _hand) = Clock::manual(UnixNanos(1));
    let mut open = OpenBatch::default();
    let mut expected = Vec::new();
    for number in 0..50_000_u32 {
        let bytes = number.to_le_bytes();
        open.append(bytes.len(), 1, clock.moment(), |out| out.extend_from_slice(&bytes));
        expected.extend_from_slice(&bytes);
    }
    let batch = open.close();
    assert!(batch.pieces().len() > 1);
    for (protocol, words) in [(Protocol::Http, OF_HTTP), (Protocol::Grpc, OF_GRPC)] {
        for (word, compression) in words {
            let sent = compression.apply(&batch, protocol).expect("memory").concat();
            let name = compression.name().unwrap_or_default();
            let encoding = match protocol {
                Protocol::Http => Encoding::of_http(name),
                Protocol::Grpc => Encoding::of_grpc(name),
            };
            let mut reservation = Budget::new(64 << 20).empty_reservation();
            let read = inflate(sent.into(), encoding.expect(word), 1 << 20, &mut reservation).expect(word);
            assert_eq!(read, expected, "{word}");
        }
    }
}
