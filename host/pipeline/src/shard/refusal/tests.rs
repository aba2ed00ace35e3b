use proptest::prelude::*;

use super::{Awaited, Holds, MADE_MASK};
use crate::drops::Reason;
use streams::table::STAGES;

fn edge(greatest: u16) -> impl Strategy<Value = u16> {
    prop_oneof![0..=greatest, Just(0), Just(greatest)]
}

fn any_holds() -> impl Strategy<Value = Holds> {
    let waits = (edge(STAGES as u16 - 1), edge(u16::MAX), edge(MADE_MASK));
    prop_oneof![
        edge(u16::MAX).prop_map(|reason| Holds::Stays(Reason(reason))),
        waits.prop_map(|(stage, digest, made)| Holds::Waits { stage: stage as u8, output: Awaited { digest, made } }),
    ]
}

proptest! {
    /// A note says what it was made of, and the greatest number, which the table cannot keep, is none.
    #[test]
    fn notes_say_it_all(holds in any_holds()) {
        prop_assert_ne!(holds.to_note(), u32::MAX);
        prop_assert_eq!(Holds::of_note(holds.to_note()), holds);
    }
}
