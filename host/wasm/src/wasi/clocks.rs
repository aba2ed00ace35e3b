//! Clocks, which stand at the `now` of the call. Where a call has none, when a guest is configured or decides about streams,
//! they stand at 0.

use wasmtime::Result;
use wasmtime::component::{ComponentType, LinkerInstance, Lower};

use clock::SECOND;

use crate::instance::State;

/// Since 1970.
#[derive(ComponentType, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

impl Datetime {
    fn of(nanos: u64) -> Self {
        Self { seconds: nanos / SECOND, nanoseconds: (nanos % SECOND) as u32 }
    }
}

pub(super) fn wall(instance: &mut LinkerInstance<State>) -> Result<()> {
    instance.func_wrap("now", |store, (): ()| Ok((Datetime::of(store.data().now().0),)))?;
    instance.func_wrap("resolution", |_, (): ()| Ok((Datetime::of(1),)))
}

pub(super) fn monotonic(instance: &mut LinkerInstance<State>) -> Result<()> {
    instance.func_wrap("now", |store, (): ()| Ok((store.data().now().0,)))?;
    instance.func_wrap("resolution", |_, (): ()| Ok((1_u64,)))
}
