//! The process in which guests are compiled: the same program, started anew for each; and where their code is kept.

use std::env;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use wasm::compile::{Compiler, worker};

/// The command by which the host calls itself.
pub(super) const COMMAND: &str = "compile-guest";

/// Where the compiled code of guests is kept.
#[derive(Debug, Args)]
pub(crate) struct CacheArgs {
    /// Folder for the compiled code of guests [default: alluvium in $XDG_CACHE_HOME or ~/.cache]
    ///
    /// It belongs to this user alone; code that somebody else has changed is not loaded.
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    cache: Option<PathBuf>,
    /// Compile guests at each start.
    #[arg(long)]
    no_cache: bool,
}

impl CacheArgs {
    /// The compiler that they mean.
    pub fn compiler(&self) -> Compiler {
        // By this name the running program is found even if its file was replaced meanwhile.
        let program = PathBuf::from("/proc/self/exe");
        let program = if program.exists() { Some(program) } else { env::current_exe().ok() };
        let cache = self.cache.clone().or_else(default_cache).filter(|_| !self.no_cache);
        program.map_or(Compiler::Thread, |program| Compiler::Child { command: vec![program, COMMAND.into()], cache })
    }
}

/// By the rules of freedesktop.org: a relative path there is none.
fn default_cache() -> Option<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(base.join("alluvium").join("guests"))
}

/// Compiles what comes in. Exits with 1, and says why on standard error, if it cannot.
pub(super) fn main() -> ExitCode {
    match worker(io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
