//! Compiles the guests that ship to components, so that they can be embedded in the binary.
//!
//! The guests are built for `wasm32-unknown-unknown`, which has no system interface at all: what such a component can
//! reach is what our own WIT package offers, and nothing else.
//!
//! The crate has no dependencies, so that nothing is built before it: whoever lacks the target learns it in seconds.
#![expect(clippy::expect_used, reason = "cargo keeps its promises, or nothing can be built")]

mod target;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Package names; each lives in the folder of its name below `guests/`.
const GUESTS: [&str; 2] = ["attribute-filter", "delta-to-cumulative"];
const TARGET: &str = "wasm32-unknown-unknown";

fn main() {
    let workspace =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts")).join("../..");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));
    for path in ["guests", "Cargo.lock", "rust-toolchain.toml"] {
        println!("cargo::rerun-if-changed={}", workspace.join(path).display());
    }
    let built =
        target::ensure(TARGET).and_then(|()| GUESTS.iter().try_for_each(|guest| build(guest, &workspace, &out)));
    // Cargo takes this for a failure. An exit code beside it would bury the line under all that was printed.
    if let Err(message) = built {
        println!("cargo::error={message}");
    }
}

fn build(guest: &str, workspace: &Path, out: &Path) -> Result<(), String> {
    // Its own target folder: a nested cargo would wait for ever for the lock of the outer one.
    let target = out.join("guests");
    let mut cargo = Command::new(env::var_os("CARGO").expect("cargo sets CARGO for build scripts"));
    // What the outer build exports would leak into the guest: its flags, its wrapper, its features.
    for (key, _) in env::vars_os() {
        let name = key.to_string_lossy();
        let kept = matches!(&*name, "CARGO" | "CARGO_HOME" | "CARGO_MAKEFLAGS" | "CARGO_NET_OFFLINE");
        let wrapper = matches!(&*name, "RUSTC_WRAPPER" | "RUSTC_WORKSPACE_WRAPPER");
        if wrapper || name == "RUSTFLAGS" || (name.starts_with("CARGO_") && !kept) {
            cargo.env_remove(&key);
        }
    }
    // The linker comes with the toolchain and turns the core module into a component.
    cargo
        .env("CARGO_ENCODED_RUSTFLAGS", "-Clinker=wasm-component-ld")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        .env("CARGO_PROFILE_RELEASE_STRIP", "true")
        .env("CARGO_PROFILE_RELEASE_LTO", "fat")
        .args(["rustc", "--release", "--lib", "--crate-type", "cdylib", "--package", guest, "--target", TARGET])
        .arg("--manifest-path")
        .arg(workspace.join("guests").join(guest).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target);
    let output = cargo.output().map_err(|error| format!("cannot start cargo for guest {guest}: {error}"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        for line in text.lines() {
            println!("cargo::warning={line}");
        }
        return Err(format!("guest {guest} does not compile; see the lines above"));
    }
    let built = target.join(TARGET).join("release").join(guest.replace('-', "_")).with_extension("wasm");
    std::fs::copy(&built, out.join(guest).with_extension("wasm"))
        .map(|_| ())
        .map_err(|error| format!("cannot copy {}: {error}", built.display()))
}
