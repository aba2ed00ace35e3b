use std::collections::HashMap;

use otlp::key::FormKey;
use proptest::prelude::*;

use crate::refused::Refused;

/// Keys as the scan makes them: hashes. The finaliser of `SplitMix64`, twice.
fn key(number: u64) -> FormKey {
    let mix = |seed: u64| {
        let mut word = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    };
    FormKey(u128::from(mix(number + 1)) << 64 | u128::from(mix(!number)))
}

/// How many of `keys` are not remembered when they come, each of which is then refused anew.
fn misses(refused: &mut Refused, keys: std::ops::Range<u64>) -> u64 {
    let mut misses = 0;
    for key in keys.map(key) {
        if refused.get(key).is_none() {
            misses += 1;
            refused.insert(key, 7).expect("memory");
        }
    }
    misses
}

#[test]
fn remembers_by_key() {
    let mut refused = Refused::new(1 << 16);
    assert_eq!(refused.get(FormKey(0)), None);
    refused.insert(FormKey(0), 0).expect("memory");
    refused.insert(FormKey(u128::MAX), u32::MAX - 1).expect("memory");
    assert_eq!(
        (refused.get(FormKey(0)), refused.get(FormKey(u128::MAX)), refused.get(FormKey(1))),
        (Some(0), Some(u32::MAX - 1), None)
    );
    refused.insert(FormKey(0), 5).expect("memory");
    assert_eq!(refused.get(FormKey(0)), Some(5));
}

/// Half a million refused streams that send in turns are remembered, nearly all of them, in 32 MiB.
#[test]
fn a_flood_is_remembered() {
    const FLOOD: u64 = 500_000;
    let mut refused = Refused::new(2 << 20);
    assert_eq!(misses(&mut refused, 0..FLOOD), FLOOD);
    for _ in 0..3 {
        let misses = misses(&mut refused, 0..FLOOD);
        assert!(misses < FLOOD / 100, "{misses}");
    }
    assert_eq!(refused.memory(), 32 << 20);
}

/// Of a flood that is larger than the table half as many at least are remembered as it has room for.
#[test]
fn a_larger_flood_is_remembered_in_part() {
    const KEYS: u64 = 1 << 16;
    for times in [1, 2, 4, 8] {
        let flood = times * KEYS;
        let mut refused = Refused::new(KEYS as usize);
        misses(&mut refused, 0..flood);
        let hits = flood - misses(&mut refused, 0..flood);
        assert!(hits > KEYS / 2, "{times} times its size: {hits} hits");
        assert_eq!(refused.memory(), KEYS as usize * 16);
    }
}

/// Who has gone makes room: after a flood that was many times too large the streams that are still refused are remembered.
#[test]
fn who_has_gone_makes_room() {
    const KEYS: u64 = 1 << 14;
    let mut refused = Refused::new(KEYS as usize);
    misses(&mut refused, 0..32 * KEYS);
    let few = 32 * KEYS..32 * KEYS + KEYS / 8;
    for _ in 0..60 {
        misses(&mut refused, few.clone());
    }
    let misses = misses(&mut refused, few);
    assert!(misses < KEYS / 8 / 50, "{misses}");
}

proptest! {
    /// What is found is what was noted last, through all growth and when the table is full. Keys contend for a few buckets.
    #[test]
    fn nothing_is_made_up(keys in prop::collection::vec((0_u128..400, 0_u128..8, 0..u32::MAX), 0..3000)) {
        let mut refused = Refused::new(0);
        let mut model = HashMap::new();
        for (low, high, note) in keys {
            let key = FormKey(low << 2 | high << 90);
            prop_assert!(refused.get(key).is_none_or(|known| Some(&known) == model.get(&key)));
            refused.insert(key, note).expect("memory");
            model.insert(key, note);
        }
        for (key, note) in model {
            prop_assert!(refused.get(key).is_none_or(|known| known == note));
        }
    }
}
