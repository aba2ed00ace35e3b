use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{FormMemo, WAYS};
use crate::key::FormKey;

type Memo = FormMemo<12>;

/// Keys whose home is the same, as the bits that choose it agree.
fn key(number: u64) -> FormKey {
    FormKey(u128::from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)) | u128::from(number) << 96)
}

#[test]
fn what_is_remembered_is_found() {
    let memo = Memo::new(1 << 10);
    assert_eq!(memo.get(key(0), 0), None, "an empty entry is that of no key, not even of 0");
    for (number, value) in [(0, 0), (1, 1), (2, Memo::VALUES - 1)] {
        memo.insert(key(number), value, 7);
        assert_eq!(memo.get(key(number), 7), Some(value));
    }
    memo.insert(key(1), 5, 8);
    assert_eq!(memo.get(key(1), 8), Some(5), "the last word counts");
    assert_eq!(memo.get(key(3), 8), None);
}

/// The widest values there can be.
#[test]
fn wide_values_are_found_whole() {
    let memo = FormMemo::<33>::new(1 << 10);
    for (number, value) in [(0, 0), (1, u64::from(u32::MAX)), (2, 1 << 31)] {
        memo.insert(key(number), value, 4_095);
        assert_eq!(memo.get(key(number), 4_095), Some(value));
        assert_eq!(memo.get(key(number), 0), Some(value), "{value} when it is used again");
    }
}

/// Where all places are taken the key gives way that was not used for the longest time, also when ages begin anew.
#[test]
fn the_oldest_gives_way() {
    for begin in [0, 4_090] {
        let memo = Memo::new(WAYS);
        let ways = WAYS as u64;
        for number in 0..ways {
            memo.insert(key(number), 1, begin + number);
        }
        assert_eq!(memo.get(key(0), begin + ways), Some(1), "and is used again");
        memo.insert(key(ways), 2, begin + ways + 1);
        assert_eq!(memo.get(key(1), begin + ways + 2), None);
        for number in [0, 2, 3, ways] {
            assert!(memo.get(key(number), begin + ways + 2).is_some(), "{number}");
        }
    }
}

/// As it fills it uses more entries, and what was remembered before is found all the same.
#[test]
fn more_entries_are_used_as_it_fills() {
    // Keys whose homes differ.
    let key = |number: u64| FormKey(u128::from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)) << 64 | u128::from(number));
    let memo = Memo::new(1 << 18);
    let before = memo.memory();
    let mut lost = 0;
    for number in 0..40_000 {
        memo.insert(key(number), number % 100, 0);
        if number % 7 == 0 {
            let earlier = number / 2;
            lost += usize::from(memo.get(key(earlier), 0) != Some(earlier % 100));
        }
    }
    assert!(memo.memory() > 8 * before && memo.memory() < 1 << 22, "{}", memo.memory());
    assert!(lost < 600, "{lost} of 5,715");
}

/// Threads that write to one bucket at the same time may lose what they write; they never find what nobody wrote.
#[test]
fn no_thread_reads_half_of_two_entries() {
    let memo = Memo::new(WAYS);
    let value = |number: u64| number % 1_000;
    let failed = AtomicBool::new(false);
    thread::scope(|scope| {
        for thread in 0..4 {
            let (memo, failed) = (&memo, &failed);
            scope.spawn(move || {
                for round in 0..50_000_u64 {
                    let number = (round * 7 + thread * 3) % 16;
                    memo.insert(key(number), value(number), round);
                    let other = (number + 5) % 16;
                    if memo.get(key(other), round).is_some_and(|found| found != value(other)) {
                        failed.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert!(!failed.into_inner());
}
