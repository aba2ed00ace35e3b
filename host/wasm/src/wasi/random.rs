//! Randomness, of which there is none: the same call has the same outcome on every instance.

use wasmtime::component::LinkerInstance;
use wasmtime::{Result, bail};

use crate::instance::State;

/// Bytes of one call.
const MOST: u64 = 64 << 10;

fn bytes(length: u64) -> Result<(Vec<u8>,)> {
    if length > MOST {
        bail!("it asks for {length} random bytes at once; there are {MOST}");
    }
    Ok((vec![0; length as usize],))
}

pub(super) fn random(instance: &mut LinkerInstance<State>) -> Result<()> {
    instance.func_wrap("get-random-bytes", |_, (length,): (u64,)| bytes(length))?;
    instance.func_wrap("get-random-u64", |_, (): ()| Ok((0_u64,)))
}

pub(super) fn insecure(instance: &mut LinkerInstance<State>) -> Result<()> {
    instance.func_wrap("get-insecure-random-bytes", |_, (length,): (u64,)| bytes(length))?;
    instance.func_wrap("get-insecure-random-u64", |_, (): ()| Ok((0_u64,)))
}

pub(super) fn seed(instance: &mut LinkerInstance<State>) -> Result<()> {
    instance.func_wrap("insecure-seed", |_, (): ()| Ok(((0_u64, 0_u64),)))
}
