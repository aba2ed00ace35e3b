use clock::UnixMillis;
use prost::Message as _;

use super::encode::{WriteRequest, block};
use crate::remote_write::encode;
use crate::remote_write::renew::renew;

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);
const OLDEST: UnixMillis = UnixMillis(NOW.0 - 50 * 60_000);

/// Time series that are young enough, old totals, and others that are old. Guarantee: the first are sent as they are, the second with
/// another time, the others not; nothing is made where all are young.
#[test]
fn only_what_is_old_changes() {
    let times = [NOW.0, OLDEST.0, OLDEST.0 - 1, OLDEST.0 - 1, NOW.0 - 1];
    let mut bytes = Vec::new();
    let mut begins = Vec::new();
    for (number, time) in times.into_iter().enumerate() {
        begins.push(bytes.len());
        encode::series(
            &block(&[("__name__", "a"), ("l", &number.to_string())]),
            number as f64,
            UnixMillis(time),
            &mut bytes,
        );
    }
    // The fourth is no total.
    let renewed = renew(&bytes, OLDEST, OLDEST, |place| place != 3).expect("a request").expect("some are old");
    assert_eq!((renewed.late, renewed.too_old), (1, 1));
    let found = WriteRequest::decode(&*renewed.bytes).expect("it decodes").timeseries;
    let mut expected = WriteRequest::decode(&*bytes).expect("it decodes").timeseries;
    expected[2].samples[0].timestamp = OLDEST.0 + 2;
    expected.remove(3);
    assert_eq!(found, expected);
    assert_eq!(renew(&bytes[..begins[2]], OLDEST, OLDEST, |_| true), Ok(None));
}
