//! What the documentation says of the code, against the code.
#![allow(clippy::expect_used, clippy::panic, missing_docs, reason = "what panics has failed")]

mod components;
mod crates;

use std::path::{Path, PathBuf};

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
