//! Standard input, which has ended, and standard output, whose lines are log lines.

use wasmtime::component::{ComponentType, LinkerInstance, Lower};
use wasmtime::{Result, StoreContextMut, bail};

use super::Handle;
use crate::instance::State;

/// The numbers of the streams.
pub(super) const INPUT: u32 = 0;
pub(super) const STDOUT: u32 = 1;
pub(super) const STDERR: u32 = 2;

/// The number of what waits for a stream.
const READY: u32 = 0;

/// Bytes that may be written at once.
const AT_ONCE: u64 = 64 << 10;

/// Levels of log lines, as our own interface has them.
const INFORMATION: u32 = 3;
const WARNING: u32 = 2;

/// `wasi:io/streams.stream-error`.
#[derive(ComponentType, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    #[expect(dead_code, reason = "nothing fails here; the interface has it")]
    Failed(Handle),
    #[component(name = "closed")]
    Closed,
}

/// What a write returns.
type Written<T> = std::result::Result<T, StreamError>;

pub(super) fn define(instance: &mut LinkerInstance<State>) -> Result<()> {
    for name in ["read", "blocking-read"] {
        let name = format!("[method]input-stream.{name}");
        instance.func_wrap(&name, |_, (_, _): (Handle, u64)| Ok((Written::<Vec<u8>>::Err(StreamError::Closed),)))?;
    }
    let check = "[method]output-stream.check-write";
    instance.func_wrap(check, |_, (_,): (Handle,)| Ok((Written::<u64>::Ok(AT_ONCE),)))?;
    for name in ["write", "blocking-write-and-flush"] {
        instance.func_wrap(&format!("[method]output-stream.{name}"), write)?;
    }
    for stream in ["input", "output"] {
        let name = format!("[method]{stream}-stream.subscribe");
        instance.func_wrap(&name, |_, (_,): (Handle,)| Ok((Handle::new_own(READY),)))?;
    }
    for name in ["flush", "blocking-flush"] {
        let name = format!("[method]output-stream.{name}");
        instance.func_wrap(&name, |_, (_,): (Handle,)| Ok((Written::<()>::Ok(()),)))?;
    }
    Ok(())
}

/// Whoever asks when a stream is ready hears that it is. Nothing else can be waited for.
pub(super) fn poll(instance: &mut LinkerInstance<State>) -> Result<()> {
    instance.func_wrap("[method]pollable.ready", |_, (_,): (Handle,)| Ok((true,)))?;
    instance.func_wrap("[method]pollable.block", |_, (_,): (Handle,)| Ok(()))?;
    instance.func_wrap("poll", |_, (all,): (Vec<Handle>,)| Ok(((0..all.len() as u32).collect::<Vec<_>>(),)))
}

/// Takes no more at once than `check-write` says: a call of the host has no deadline.
fn write(mut store: StoreContextMut<'_, State>, (stream, bytes): (Handle, Vec<u8>)) -> Result<(Written<()>,)> {
    if bytes.len() as u64 > AT_ONCE {
        bail!("it writes {} bytes at once; it was told {AT_ONCE}", bytes.len());
    }
    let level = if stream.rep() == STDERR { WARNING } else { INFORMATION };
    store.data_mut().print(level, &bytes)?;
    Ok((Ok(()),))
}
