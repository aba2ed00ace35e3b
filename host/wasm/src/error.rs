//! What can go wrong with a guest: what happened, and whether the same again may succeed. The fault is the guest's in
//! every case, or that of who chose it.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use super::check::Violation;
use super::digest::Sha256;
use model::Problem;

/// A call came to nothing. Its output and state changes are discarded, and its instance with them.
#[derive(Debug, Error)]
pub enum GuestError {
    /// The code trapped: a panic, an access out of bounds, a limit of memory, stack or host calls.
    #[error("the guest trapped: {0}")]
    Trap(String),
    /// It did not come back in time.
    #[error("the guest did not answer within {0:?}")]
    Deadline(Duration),
    /// It answered something that the interface does not allow.
    #[error("the guest's answer is invalid: {0}")]
    Invalid(#[from] Violation),
    /// It said itself that it failed.
    #[error("the guest failed with code {code}: {message}")]
    Failed {
        /// The guest's own numbering.
        code: u32,
        /// Escaped and cut.
        message: String,
        /// Whether it says that a fresh instance may succeed.
        retryable: bool,
    },
}

impl GuestError {
    /// The kinds, as they stand in labels of metrics.
    pub const KINDS: [&str; 4] = ["trap", "deadline", "invalid", "failed"];

    /// Which of [`Self::KINDS`] it is.
    #[must_use]
    pub fn kind(&self) -> usize {
        match self {
            Self::Trap(_) => 0,
            Self::Deadline(_) => 1,
            Self::Invalid(_) => 2,
            Self::Failed { .. } => 3,
        }
    }

    /// Whether the same call on a fresh instance may succeed.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Failed { retryable, .. } => *retryable,
            Self::Trap(_) | Self::Deadline(_) | Self::Invalid(_) => true,
        }
    }
}

/// A guest answered, but not with a result.
#[derive(Debug)]
pub(crate) enum Declined {
    /// It said that it failed.
    Failed {
        /// The guest's own numbering.
        code: u32,
        /// As it came.
        message: String,
        /// Whether it says that a fresh instance may succeed.
        retryable: bool,
    },
    /// Its answer is of a kind that this host does not take.
    Invalid(Violation),
}

/// What comes of a call: a trap, or what the guest answered.
pub(crate) type Answer<T> = wasmtime::Result<Result<T, Declined>>;

/// A component cannot be taken into service.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The file as configured.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is larger than a component may be.
    #[error("{}: {size} bytes; a component may have {limit}", path.display())]
    TooLarge {
        /// The file as configured.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The bound in bytes.
        limit: u64,
    },
    /// The file is another one than was meant.
    #[error("{}: its SHA-256 is {found}, and not {expected}", path.display())]
    Digest {
        /// The file as configured.
        path: PathBuf,
        /// The digest of what is there.
        found: Sha256,
        /// The digest that it must have.
        expected: Sha256,
    },
    /// Not WebAssembly, not a component, or broken.
    #[error("not a component that this host can compile: {0}")]
    Compile(String),
    /// Compiling took too long.
    #[error("compiling took longer than {0:?}")]
    CompileTime(Duration),
    /// It imports something that the host does not offer.
    #[error("the component imports something that the host does not offer: {0}")]
    Import(String),
    /// It does not export what a processor must.
    #[error("the component is not a processor of {package}: {error}")]
    Export {
        /// The interface package that this host speaks.
        package: &'static str,
        /// What is missing.
        error: String,
    },
    /// The engine did not start; the machine is at fault.
    #[error("cannot start the WebAssembly engine: {0}")]
    Engine(String),
}

/// A guest does not accept its settings, or asks for what it cannot have.
#[derive(Debug, Error)]
pub enum ConfigureError {
    /// Wrong settings: whoever wrote the configuration can mend them.
    #[error("{}", list(.0))]
    Problems(Vec<Problem>),
    /// The call itself failed.
    #[error(transparent)]
    Guest(#[from] GuestError),
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| match problem.path.as_str() {
            "" => problem.message.clone(),
            path => format!("{path}: {}", problem.message),
        })
        .collect();
    lines.join("; ")
}
