//! Programs of Debian's packages, unpacked where tests keep such things. Nothing is installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A program on the path.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|at| at.is_file())
}

/// The folder in which these packages are unpacked, together, under a name; none where they cannot be fetched.
pub fn unpacked(name: &str, packages: &[&str]) -> Option<PathBuf> {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if kept.is_dir() {
        return Some(kept);
    }
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let succeeds = |program: &str, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let download = [&["download"], packages].concat();
    // A machine that has never asked for a package does not know of any.
    let fetched = succeeds("apt-get", &download) || succeeds("apt-get", &["update"]) && succeeds("apt-get", &download);
    if !fetched {
        return None;
    }
    let files = std::fs::read_dir(folder.path()).expect("a folder").filter_map(Result::ok).map(|entry| entry.path());
    for package in files.filter(|path| path.extension().is_some_and(|end| end == "deb")) {
        if !succeeds("dpkg-deb", &["--extract", package.to_str().expect("a name"), "unpacked"]) {
            return None;
        }
    }
    // Whole, or not at all: another run may look at the same time.
    let renamed = std::fs::rename(folder.path().join("unpacked"), &kept);
    (renamed.is_ok() || kept.is_dir()).then_some(kept)
}
