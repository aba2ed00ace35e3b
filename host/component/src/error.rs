//! Why what settings mean cannot be built.

use thiserror::Error;
use wasm::{ConfigureError, LoadError};

/// Why a pipeline cannot be built.
#[derive(Debug, Error)]
pub enum BuildError {
    /// A guest cannot be loaded.
    #[error("processor {id}: {error}")]
    Load {
        /// The processor.
        id: String,
        /// Why.
        error: LoadError,
    },
    /// A guest does not accept its settings.
    #[error("processor {id}: {error}")]
    Configure {
        /// The processor.
        id: String,
        /// The key of its block that has the settings; empty if the block itself is meant.
        within: &'static str,
        /// Why.
        error: ConfigureError,
    },
    /// An exporter asks for an authenticator that does not run.
    #[error("exporter {exporter}: no authenticator {authenticator} runs")]
    NoAuthenticator {
        /// The exporter.
        exporter: String,
        /// The id that it has for it.
        authenticator: String,
    },
    /// Several processors have something wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Several(Vec<BuildError>),
    /// Something in the configuration was found wrong when it was used.
    #[error("{}: {}", .0.path, .0.message)]
    Problem(Problem),
    /// Nobody has prepared it.
    #[error("processor {id}: built before it was prepared; this is a bug of the host")]
    Unprepared {
        /// The processor.
        id: String,
    },
    /// The system refuses something.
    #[error("{what}: {error}")]
    System {
        /// What was asked of it.
        what: &'static str,
        /// What it says.
        error: std::io::Error,
    },
}

/// Something in a configuration that was found wrong when it was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The keys that lead there, joined by dots.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do; empty if the message says it.
    pub help: &'static str,
}

impl BuildError {
    /// One error, or several as one; none if there are none.
    ///
    /// # Errors
    /// What `errors` has.
    pub fn all(mut errors: Vec<Self>) -> Result<(), Self> {
        match errors.pop() {
            None => Ok(()),
            Some(error) if errors.is_empty() => Err(error),
            Some(error) => {
                errors.push(error);
                Err(Self::Several(errors))
            }
        }
    }

    /// What is wrong with the configuration; none if something else is.
    #[must_use]
    pub fn problems(&self) -> Option<Vec<Problem>> {
        match self {
            Self::Several(errors) => {
                let problems: Option<Vec<_>> = errors.iter().map(Self::problems).collect();
                Some(problems?.concat())
            }
            Self::Configure { id, within, error: ConfigureError::Problems(problems) } => {
                let problem = |path: &str, message: &str| Problem {
                    path: ["processors", id, *within, path]
                        .iter()
                        .filter(|key| !key.is_empty())
                        .copied()
                        .collect::<Vec<_>>()
                        .join("."),
                    message: message.to_owned(),
                    help: "",
                };
                Some(problems.iter().map(|found| problem(&found.path, &found.message)).collect())
            }
            Self::Load { id, error } => {
                let (key, help) = match error {
                    LoadError::Digest { .. } => {
                        ("sha256", "write the digest of the file if it is the one that is meant")
                    }
                    _ => (
                        "module",
                        "write the path of a WebAssembly component that was built for this host's interface (wit/)",
                    ),
                };
                Some(vec![Problem { path: format!("processors.{id}.{key}"), message: error.to_string(), help }])
            }
            Self::Problem(problem) => Some(vec![problem.clone()]),
            Self::Configure { .. } | Self::NoAuthenticator { .. } | Self::Unprepared { .. } | Self::System { .. } => {
                None
            }
        }
    }
}
