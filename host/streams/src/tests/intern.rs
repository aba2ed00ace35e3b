use std::collections::HashMap;

use proptest::prelude::*;

use crate::intern::Interner;

proptest! {
    /// Numbers are equal exactly when strings are, for as long as somebody uses them.
    #[test]
    fn is_a_counted_map(operations in prop::collection::vec((0_u8..12, any::<bool>()), 0..200)) {
        let mut interner = Interner::default();
        let mut model: HashMap<u8, (u32, usize)> = HashMap::new();
        for (word, take) in operations {
            let bytes = vec![word; usize::from(word)];
            if take {
                let (number, fresh) = interner.take(&bytes);
                let (known, uses) = model.entry(word).or_insert((number, 0));
                prop_assert_eq!((number, fresh), (*known, *uses == 0));
                *uses += 1;
            } else if let Some((number, uses)) = model.get_mut(&word) {
                *uses -= 1;
                let forgotten = interner.release(*number);
                prop_assert_eq!(forgotten.is_some(), *uses == 0);
                if *uses == 0 {
                    model.remove(&word);
                }
            }
            prop_assert_eq!(interner.len(), model.len());
            for (word, (number, _)) in &model {
                let expected = vec![*word; usize::from(*word)];
                prop_assert_eq!(interner.get(*number), expected.as_slice());
            }
        }
    }
}

/// A number that is given out again has another key than before.
#[test]
fn keys_are_unique() {
    let mut interner = Interner::default();
    let (first, _) = interner.take(b"a");
    let key = interner.key(first);
    interner.release(first);
    let (second, _) = interner.take(b"b");
    assert_eq!(first, second);
    assert_ne!(key, interner.key(second));
}
