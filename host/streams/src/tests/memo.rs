use std::collections::HashMap;

use otlp::key::FormKey;
use proptest::prelude::*;

use crate::InputStream;
use crate::memo::Memo;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// The memo finds what was put in, and nothing else, through growth and cleaning. Keys share low bits, so that they
    /// contend for the same slots.
    #[test]
    fn is_a_map(keys in prop::collection::vec((0_u128..4, 0_u128..2000), 0..3000), modulus in 1_u32..5) {
        let mut memo = Memo::new(10_000);
        let mut model = HashMap::new();
        for (number, (low, high)) in keys.into_iter().enumerate() {
            let key = FormKey(low | high << 20 | (high * 7919) << 60);
            if let std::collections::hash_map::Entry::Vacant(place) = model.entry(key) {
                prop_assert_eq!(memo.get(key), None);
                prop_assert!(memo.insert(key, InputStream(number as u32)).expect("memory"));
                place.insert(InputStream(number as u32));
            }
        }
        for (&key, &number) in &model {
            prop_assert_eq!(memo.get(key), Some(number));
        }
        memo.retain(|InputStream(number)| number % modulus == 0).expect("memory");
        for (&key, &number) in &model {
            prop_assert_eq!(memo.get(key), (number.0 % modulus == 0).then_some(number));
        }
    }
}

#[test]
fn is_bounded() {
    let mut memo = Memo::new(3);
    let taken: Vec<bool> =
        (1..=5_u128).map(|key| memo.insert(FormKey(key << 64), InputStream(0)).expect("memory")).collect();
    assert_eq!(taken, [true, true, true, false, false]);
    assert_eq!(memo.get(FormKey(4 << 64)), None);
}
