//! What the process does that compiles: one component in, its code out, within limits.

use std::io::{self, Read, Write};

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::engine;
use crate::limits::{COMPILER_CPU_SECONDS, COMPILER_MEMORY};

/// Reads a component until the end of `input` and writes its code. The limits hold for the whole process and all that comes
/// after: it is meant to end then. A limit that is broken ends the process by a signal or a failed allocation.
///
/// # Errors
/// What is wrong with the component, or with the machine.
pub fn worker(mut input: impl Read, mut output: impl Write) -> Result<(), String> {
    limit().map_err(|error| format!("the compiler cannot limit itself: {error}"))?;
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    let engine = wasmtime::Engine::new(&engine::config()).map_err(|error| format!("{error:#}"))?;
    let code = engine.precompile_component(&bytes).map_err(|error| format!("{error:#}"))?;
    output.write_all(&code).and_then(|()| output.flush()).map_err(|error| error.to_string())
}

/// Bounds of this process: memory, time, and no file is written, that of a crash included.
fn limit() -> io::Result<()> {
    let limits = [
        (Resource::As, COMPILER_MEMORY),
        (Resource::Cpu, COMPILER_CPU_SECONDS),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
    ];
    for (resource, most) in limits {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}
