use std::time::Duration;

use clock::MonotonicNanos;

use crate::{Backoff, Retry};

const MS: Duration = Duration::from_millis(1);

/// So many seconds after some moment.
fn at(seconds: u64) -> MonotonicNanos {
    MonotonicNanos(seconds * clock::SECOND)
}

fn ms(milliseconds: u32) -> Option<Duration> {
    Some(MS * milliseconds)
}

/// 50 ms, half as much again each time, up to 30 s: the Collector's defaults. In the middle of the jitter nothing is added.
#[test]
fn waits_grow() {
    let mut backoff = Backoff::new(Retry::default(), at(0));
    let waits: Vec<Duration> = (0..20).map_while(|_| backoff.next(at(0), None, 0.5)).collect();
    assert_eq!(waits[0], 50 * MS);
    assert_eq!(waits[1], 75 * MS);
    assert!(waits.is_sorted());
    assert_eq!(waits.last(), ms(30_000).as_ref());
}

#[test]
fn jitter_is_half() {
    assert_eq!(Backoff::new(Retry::default(), at(0)).next(at(0), None, 0.0), ms(25));
    assert_eq!(Backoff::new(Retry::default(), at(0)).next(at(0), None, 1.0), ms(75));
}

/// No retry begins that would end after the limit, counted from the first attempt.
#[test]
fn gives_up_after_the_limit() {
    let retry = Retry { give_up: Some(Duration::from_secs(10)), ..Retry::default() };
    let mut backoff = Backoff::new(retry, at(100));
    assert_eq!(backoff.next(at(109), None, 0.5), ms(50));
    assert_eq!(backoff.next(at(110), None, 0.5), None);
}

#[test]
fn never_gives_up_without_a_limit() {
    let mut backoff = Backoff::new(Retry { give_up: None, ..Retry::default() }, at(0));
    assert_eq!(backoff.next(MonotonicNanos(u64::MAX), None, 0.5), ms(50));
}

/// A receiver that says when to come again is not asked earlier, but may be asked later.
#[test]
fn receivers_may_ask_for_more() {
    let mut backoff = Backoff::new(Retry::default(), at(0));
    assert_eq!(backoff.next(at(0), ms(2_000), 0.5), ms(2_000));
    assert_eq!(backoff.next(at(0), ms(1), 0.5), ms(75));
}

/// A receiver that asks for more time than the item has left gets one last attempt when that time ends.
#[test]
fn a_long_wait_ends_with_the_item() {
    let mut backoff = Backoff::new(Retry::default(), at(0));
    assert_eq!(backoff.next(at(1), ms(300_000), 0.5), ms(299_000));
    assert_eq!(backoff.next(at(300), ms(300_000), 0.5), None);
}

#[test]
fn no_retries() {
    assert_eq!(Backoff::new(Retry { initial: None, ..Retry::default() }, at(0)).next(at(0), None, 0.5), None);
}
