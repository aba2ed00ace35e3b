//! What runtimes of languages import beside our own interface: WASI 0.2, of which a guest gets nothing that would make it
//! anything but a function of its arguments. There is no file, no socket, no variable and nothing to wait for; clocks stand at
//! the `now` of the call, random bytes are zeros, whatever is printed is a log line, and to exit is to trap.
//!
//! All resources are of one type, since none has anything behind it; a stream's number says which one it is.

mod cli;
mod clocks;
mod random;
mod streams;

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance};
use wasmtime::{Engine, Result};

use crate::instance::State;

/// Resources: none has anything behind it.
type Handle = wasmtime::component::Resource<()>;

/// Functions of an interface.
type Define = fn(&mut LinkerInstance<State>) -> Result<()>;

/// The interfaces that do something. All other functions trap when they are called.
const INTERFACES: [(&str, Define); 13] = [
    ("wasi:cli/environment", cli::environment),
    ("wasi:cli/exit", cli::exit),
    ("wasi:cli/stdin", cli::stdin),
    ("wasi:cli/stdout", cli::stdout),
    ("wasi:cli/stderr", cli::stderr),
    ("wasi:clocks/monotonic-clock", clocks::monotonic),
    ("wasi:clocks/wall-clock", clocks::wall),
    ("wasi:filesystem/preopens", cli::preopens),
    ("wasi:io/poll", streams::poll),
    ("wasi:io/streams", streams::define),
    ("wasi:random/insecure", random::insecure),
    ("wasi:random/insecure-seed", random::seed),
    ("wasi:random/random", random::random),
];

/// The terminals of standard input and output; there are none.
const TERMINALS: [(&str, &str); 3] = [
    ("wasi:cli/terminal-stdin", "get-terminal-stdin"),
    ("wasi:cli/terminal-stdout", "get-terminal-stdout"),
    ("wasi:cli/terminal-stderr", "get-terminal-stderr"),
];

/// Offers a component what it imports of WASI 0.2. What it imports beside that and our own interface stays missing.
pub(crate) fn link(linker: &mut Linker<State>, component: &Component, engine: &Engine) -> Result<()> {
    let mut others = false;
    for (name, item) in component.component_type().imports(engine) {
        let Some(interface) = interface(name) else {
            others |= !name.starts_with("alluvium:");
            continue;
        };
        if !matches!(item.ty, ComponentItem::ComponentInstance(_)) {
            continue;
        }
        let mut instance = linker.instance(name)?;
        if let Some((_, define)) = INTERFACES.iter().find(|(known, _)| *known == interface) {
            define(&mut instance)?;
        }
        if let Some((_, function)) = TERMINALS.iter().find(|(known, _)| *known == interface) {
            instance.func_wrap(function, |_, (): ()| Ok((None::<Handle>,)))?;
        }
    }
    if others {
        // Linking says which.
        return Ok(());
    }
    linker.define_unknown_imports_as_traps(component)
}

/// The interface of WASI 0.2 that an import names, without its version.
fn interface(import: &str) -> Option<&str> {
    let (interface, version) = import.split_once('@')?;
    (interface.starts_with("wasi:") && version.starts_with("0.2.")).then_some(interface)
}
