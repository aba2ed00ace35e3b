//! Guests that are compiled for tests only.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The component of `tests/guests/faulty`.
pub fn faulty() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build("faulty", "wasm32-unknown-unknown")).clone()
}

/// The same, built against WASI.
pub fn faulty_with_wasi() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build("faulty", "wasm32-wasip2")).clone()
}

fn build(name: &str, triple: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
    let status = Command::new(env!("CARGO"))
        .env("CARGO_ENCODED_RUSTFLAGS", "-Clinker=wasm-component-ld")
        .env_remove("RUSTFLAGS")
        .args(["rustc", "--quiet", "--release", "--lib", "--crate-type", "cdylib", "--target", triple])
        .args(["--package", &format!("{name}-guest"), "--target-dir"])
        .arg(&target)
        .current_dir(workspace)
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the guest {name} compiles");
    target.join(triple).join("release").join(format!("{name}_guest.wasm"))
}
