//! A folder and files in it that belong to this user alone.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::OFlags;
use rustix::process::geteuid;

/// How the names of files end that are being written.
pub(super) const UNFINISHED: &str = "tmp";

/// Permissions that others than the owner may have: none.
const OTHERS: u32 = 0o077;

/// Makes the folder, for this user alone, where it is missing.
///
/// # Errors
/// It cannot be made, or is a link, or belongs to somebody else, or others may enter.
pub(super) fn open(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = fs::symlink_metadata(path)?;
    private(&found)?;
    if found.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
}

/// Reads a file that only this user can have written.
///
/// # Errors
/// There is none, or it is a link, or not private, or larger than `most` bytes.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).map_err(io::Error::other)?;
    let file = OpenOptions::new().read(true).custom_flags(no_link).open(path)?;
    private(&file.metadata()?)?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// Writes a file beside its place, whole; whoever sees it under its own name sees all of it. Returns the other path.
///
/// # Errors
/// Those of the file system.
pub(super) fn write_beside(path: &Path, parts: &[&[u8]]) -> io::Result<PathBuf> {
    static FILES: AtomicU64 = AtomicU64::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let other = path.with_extension(format!("{}-{number}.{UNFINISHED}", std::process::id()));
    // What a process of the same number has left.
    fs::remove_file(&other).ok();
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&other)?;
    parts.iter().try_for_each(|part| file.write_all(part)).inspect_err(|_| drop(fs::remove_file(&other)))?;
    Ok(other)
}

fn private(found: &Metadata) -> io::Result<()> {
    if found.uid() != geteuid().as_raw() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"));
    }
    if found.mode() & OTHERS != 0 && !found.is_symlink() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "others may read or change it; chmod go= mends that",
        ));
    }
    Ok(())
}
