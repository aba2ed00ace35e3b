use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use otlp::key::FormKey;

use super::{Routes, SHARDS, WAYS};

/// Keys whose home is the same, as the bits that choose it agree.
fn key(number: u64) -> FormKey {
    FormKey(u128::from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)) | u128::from(number) << 96)
}

#[test]
fn what_is_remembered_is_found() {
    let routes = Routes::new(1 << 10);
    assert_eq!(routes.get(key(0), 0), None, "an empty entry is that of no key, not even of 0");
    for (number, shard) in [(0, 0), (1, 1), (2, SHARDS - 2)] {
        routes.insert(key(number), shard, 7);
        assert_eq!(routes.get(key(number), 7), Some(shard));
    }
    routes.insert(key(1), 5, 8);
    assert_eq!(routes.get(key(1), 8), Some(5), "the last word counts");
    assert_eq!(routes.get(key(3), 8), None);
}

/// Where all places are taken the key gives way that was not used for the longest time, also when ages begin anew.
#[test]
fn the_oldest_gives_way() {
    for begin in [0, 4_090] {
        let routes = Routes::new(WAYS);
        let ways = WAYS as u64;
        for number in 0..ways {
            routes.insert(key(number), 1, begin + number);
        }
        assert_eq!(routes.get(key(0), begin + ways), Some(1), "and is used again");
        routes.insert(key(ways), 2, begin + ways + 1);
        assert_eq!(routes.get(key(1), begin + ways + 2), None);
        for number in [0, 2, 3, ways] {
            assert!(routes.get(key(number), begin + ways + 2).is_some(), "{number}");
        }
    }
}

/// As it fills it uses more entries, and what was remembered before is found all the same.
#[test]
fn more_entries_are_used_as_it_fills() {
    // Keys whose homes differ.
    let key = |number: u64| FormKey(u128::from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)) << 64 | u128::from(number));
    let routes = Routes::new(1 << 18);
    let before = routes.memory();
    let mut lost = 0;
    for number in 0..40_000 {
        routes.insert(key(number), (number % 100) as usize, 0);
        if number % 7 == 0 {
            let earlier = number / 2;
            lost += usize::from(routes.get(key(earlier), 0) != Some((earlier % 100) as usize));
        }
    }
    assert!(routes.memory() > 8 * before && routes.memory() < 1 << 22, "{}", routes.memory());
    assert!(lost < 600, "{lost} of 5,715");
}

/// Threads that write to one bucket at the same time may lose what they write; they never find what nobody wrote.
#[test]
fn no_thread_reads_half_of_two_entries() {
    let routes = Routes::new(WAYS);
    let shard = |number: u64| (number % 1_000) as usize;
    let failed = AtomicBool::new(false);
    thread::scope(|scope| {
        for thread in 0..4 {
            let (routes, failed) = (&routes, &failed);
            scope.spawn(move || {
                for round in 0..50_000_u64 {
                    let number = (round * 7 + thread * 3) % 16;
                    routes.insert(key(number), shard(number), round);
                    let other = (number + 5) % 16;
                    if routes.get(key(other), round).is_some_and(|found| found != shard(other)) {
                        failed.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert!(!failed.into_inner());
}
