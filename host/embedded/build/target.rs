//! The target that guests are compiled for: installed where it is missing.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Makes sure that the compiler in use can compile for `target`; where it cannot, rustup is asked to install it.
///
/// # Errors
/// What is missing, the command that installs it, and why it did not help here, in one line.
pub fn ensure(target: &str) -> Result<(), String> {
    let folder = library_folder(target)?;
    if is_filled(&folder) {
        return Ok(());
    }
    let Some(toolchain) = toolchain(&folder) else {
        return Err(format!(
            "the target {target} is missing; this compiler is not rustup's: install {}",
            folder.display()
        ));
    };
    let arguments = ["target", "add", "--toolchain", &toolchain, target];
    let failed =
        |why: &str| Err(format!("the target {target} is missing; run: rustup {} ({why})", arguments.join(" ")));
    if env::var("CARGO_NET_OFFLINE").is_ok_and(|value| value == "true") {
        return failed("not done by itself, since cargo is offline");
    }
    match Command::new("rustup").args(arguments).output() {
        Ok(output) if output.status.success() && is_filled(&folder) => Ok(()),
        Ok(output) => failed(&last_line(&output)),
        Err(error) => failed(&format!("rustup does not start: {error}")),
    }
}

/// Where the compiler looks for the standard library of `target`, whether it is there or not.
fn library_folder(target: &str) -> Result<PathBuf, String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let output = Command::new(&rustc)
        .args(["--print", "target-libdir", "--target", target])
        .output()
        .map_err(|error| format!("cannot start {}: {error}", rustc.display()))?;
    if output.status.success() {
        return Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    Err(format!("{} does not know the target {target}: {}", rustc.display(), last_line(&output)))
}

/// rustup may leave empty folders of a target that was removed.
fn is_filled(folder: &Path) -> bool {
    folder.read_dir().is_ok_and(|mut files| files.next().is_some())
}

/// The toolchain's name: the folder is `toolchains/NAME/lib/rustlib/TARGET/lib` below rustup's home.
///
/// Not asked of rustup: which toolchain it would choose here need not be the one that compiles.
fn toolchain(folder: &Path) -> Option<String> {
    let root = folder.ancestors().nth(4)?;
    let of_rustup = root.parent()?.file_name()? == "toolchains";
    of_rustup.then(|| root.file_name().map(|name| name.to_string_lossy().into_owned()))?
}

fn last_line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().rfind(|line| !line.trim().is_empty());
    line.map_or_else(|| output.status.to_string(), |line| line.trim().trim_start_matches("error: ").to_owned())
}
