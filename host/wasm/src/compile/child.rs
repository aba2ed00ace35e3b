//! The process that compiles, as its parent sees it.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

use crate::error::LoadError;
use crate::limits::{CODE_BYTES, LINE_BYTES, Limits};

/// What came out of the process: its code, and what it said.
type Answer = io::Result<(Vec<u8>, Vec<u8>)>;

/// Has another process compile a component, and waits for its code at most as long as `limits` say. The process is gone when
/// this returns.
///
/// # Errors
/// See [`LoadError`].
pub(super) fn compile(command: &[PathBuf], component: &[u8], limits: &Limits) -> Result<Vec<u8>, LoadError> {
    let engine = |error: io::Error| LoadError::Engine(format!("the compiler does not start: {error}"));
    let mut child = start(command).map_err(engine)?;
    let answer = converse(&mut child, component, limits);
    if answer.is_err() {
        // It may have ended by itself.
        child.kill().ok();
    }
    let status = child.wait().map_err(engine)?;
    let (code, said) = answer?.map_err(|error| LoadError::Compile(error.to_string()))?;
    if !status.success() {
        return Err(LoadError::Compile(why(status, &said)));
    }
    if code.len() as u64 > CODE_BYTES {
        return Err(LoadError::Compile(format!("its code is larger than {CODE_BYTES} bytes")));
    }
    Ok(code)
}

/// It inherits no variable: it has no use for what they hold.
fn start(command: &[PathBuf]) -> io::Result<Child> {
    let (program, args) = command.split_first().ok_or(io::ErrorKind::NotFound)?;
    let mut command = Command::new(program);
    command.args(args).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

/// Passes the component in and the answer out on a thread, which ends with the process.
fn converse(child: &mut Child, component: &[u8], limits: &Limits) -> Result<Answer, LoadError> {
    let Some(((mut input, output), errors)) = child.stdin.take().zip(child.stdout.take()).zip(child.stderr.take())
    else {
        return Err(LoadError::Engine("the compiler has no pipes".into()));
    };
    let (done, answer) = mpsc::sync_channel(1);
    let component = component.to_vec();
    thread::Builder::new()
        .name("guest-compiler".into())
        .spawn(move || {
            // It may end before it has read all; what it says then is the better reason.
            input.write_all(&component).ok();
            drop((input, component));
            done.send(read(output, CODE_BYTES + 1).and_then(|code| Ok((code, read(errors, LINE_BYTES as u64)?)))).ok();
        })
        .map_err(|error| LoadError::Engine(error.to_string()))?;
    answer.recv_timeout(limits.compile).map_err(|_| LoadError::CompileTime(limits.compile))
}

fn read(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Why there is no code. What the process says may repeat names of the component.
fn why(status: ExitStatus, said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    match said.trim() {
        "" => format!("the compiler broke off ({status}); it may have needed more memory or time than it has"),
        said if status.code() == Some(1) => said.escape_debug().to_string(),
        said => format!("the compiler broke off ({status}): {}", said.escape_debug()),
    }
}
