//! A process as a guest sees its own: without arguments, variables, folders, input or an end.

use wasmtime::component::LinkerInstance;
use wasmtime::{Result, bail};

use super::Handle;
use super::streams::{INPUT, STDERR, STDOUT};
use crate::instance::State;

/// Pairs of texts.
type Pairs = Vec<(String, String)>;

pub(super) fn environment(instance: &mut LinkerInstance<State>) -> Result<()> {
    instance.func_wrap("get-environment", |_, (): ()| Ok((Pairs::new(),)))?;
    instance.func_wrap("get-arguments", |_, (): ()| Ok((Vec::<String>::new(),)))?;
    instance.func_wrap("initial-cwd", |_, (): ()| Ok((None::<String>,)))
}

pub(super) fn exit(instance: &mut LinkerInstance<State>) -> Result<()> {
    instance.func_wrap("exit", |_, (_,): (std::result::Result<(), ()>,)| -> Result<()> {
        bail!("it called exit, and there is nothing to leave")
    })
}

pub(super) fn stdin(instance: &mut LinkerInstance<State>) -> Result<()> {
    instance.func_wrap("get-stdin", |_, (): ()| Ok((Handle::new_own(INPUT),)))
}

pub(super) fn stdout(instance: &mut LinkerInstance<State>) -> Result<()> {
    instance.func_wrap("get-stdout", |_, (): ()| Ok((Handle::new_own(STDOUT),)))
}

pub(super) fn stderr(instance: &mut LinkerInstance<State>) -> Result<()> {
    instance.func_wrap("get-stderr", |_, (): ()| Ok((Handle::new_own(STDERR),)))
}

pub(super) fn preopens(instance: &mut LinkerInstance<State>) -> Result<()> {
    instance.func_wrap("get-directories", |_, (): ()| Ok((Vec::<(Handle, String)>::new(),)))
}
