use std::sync::Arc;

use crate::{ATTRIBUTE_FILTER, DELTA_TO_CUMULATIVE, Engine, Limits, Module, Source};

/// Scenario: a guest is loaded twice, and then nobody uses it. Guarantee: it is compiled once, is not taken for another,
/// and its code is gone afterwards.
#[test]
fn code_is_shared_while_it_is_in_use() {
    let engine = Engine::start().expect("the engine starts");
    let load = || Module::load(&engine, &Source::Embedded(ATTRIBUTE_FILTER), Limits::default()).expect("it loads");
    let (first, second) = (load(), load());
    assert!(Arc::ptr_eq(&first.compiled, &second.compiled));
    assert!(engine.compiled.find(DELTA_TO_CUMULATIVE.bytes).is_none());
    drop(first);
    assert!(engine.compiled.find(ATTRIBUTE_FILTER.bytes).is_some());
    drop(second);
    assert!(engine.compiled.find(ATTRIBUTE_FILTER.bytes).is_none());
}
