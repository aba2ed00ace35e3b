use super::{GUESTS, generate, place};

/// Scenario: the WIT package or the generator's version changes. Guarantee: bindings that were not written anew are
/// noticed.
#[test]
fn the_bindings_in_the_tree_are_those_of_the_wit_package() {
    for (guest, world) in GUESTS {
        let there = std::fs::read(place(guest)).expect("the bindings are in the tree");
        let generated = generate(world).expect("the WIT package is valid");
        assert!(there == generated, "the bindings of {guest} are old; run: cargo run -p bindings");
    }
}
