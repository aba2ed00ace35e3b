use clock::UnixMillis;

use crate::remote_write::truthful::sent::{Sent, SentTimes};

const HOUR: i64 = 3_600_000;

fn sent(time: i64) -> Sent {
    Sent { time: UnixMillis(time), mark: time.unsigned_abs() }
}

/// Scenario: three series go, and the memory holds two. Guarantee: the newest two are known, each once; the first is covered by
/// the time that is newest of all that were forgotten.
#[test]
fn what_is_forgotten_is_covered_by_one_time() {
    let mut memory = SentTimes::bounded(2);
    assert_eq!(memory.forgotten(), UnixMillis::NEVER);
    for (labels, time) in [("a", 300), ("b", 100), ("c", 200)] {
        memory.remember(memory.key(labels.as_bytes()), sent(time));
    }
    assert_eq!(memory.forgotten(), UnixMillis(300));
    assert_eq!([b"a", b"b", b"c"].map(|labels| memory.take(labels)), [None, Some(sent(100)), Some(sent(200))]);
    assert_eq!(memory.take(b"b"), None, "it lives again");
}

/// Scenario: a series comes back and goes again, later, and the memory is full of others. Guarantee: what it left first does
/// not make the memory forget what it left last.
#[test]
fn a_series_that_went_twice_is_known_by_its_last_time() {
    let mut memory = SentTimes::bounded(2);
    memory.remember(memory.key(b"a"), sent(1));
    memory.take(b"a");
    memory.remember(memory.key(b"a"), sent(5));
    memory.remember(memory.key(b"b"), sent(6));
    assert_eq!((memory.take(b"a"), memory.forgotten()), (Some(sent(5)), UnixMillis::NEVER));
}

/// Scenario: the series of one family go one after another. Guarantee: the newest of their times holds.
#[test]
fn the_newest_time_of_a_family_holds() {
    let mut memory = SentTimes::default();
    for time in [7, 9, 8] {
        memory.remember(memory.key(b"family"), sent(time));
    }
    assert_eq!(memory.take(b"family"), Some(sent(9)));
}

/// Scenario: two hours pass. Guarantee: what is in nobody's way is forgotten, and the memory is empty.
#[test]
fn what_is_old_is_forgotten() {
    let mut memory = SentTimes::default();
    memory.remember(memory.key(b"a"), sent(0));
    memory.remember(memory.key(b"b"), sent(2 * HOUR - 1));
    memory.forget_old(UnixMillis(2 * HOUR));
    assert_eq!((memory.take(b"a"), memory.forgotten()), (None, UnixMillis(0)));
    assert_eq!(memory.take(b"b"), Some(sent(2 * HOUR - 1)));
}
