//! Code that was compiled before, in files.
//!
//! A file is named after its component, the version of wasmtime, the machine and the engine's settings. It begins with a
//! digest that only who has the folder's key can make: a file that somebody else wrote, or that decayed, is not loaded.

use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac};

use super::folder::{self, UNFINISHED};
use crate::digest::Sha256;
use crate::engine::Engine;
use crate::limits::{CODE_BYTES, KEPT_CODE, KEPT_CODE_BYTES};

/// Bytes of a key and of a digest.
const DIGEST: usize = digest::SHA256_OUTPUT_LEN;

/// How the names of entries end.
const ENDING: &str = "code";

/// What nobody has finished writing for so long is the remainder of a process that ended.
const ABANDONED: Duration = Duration::from_secs(3_600);

/// A folder of code.
pub(super) struct Cache {
    folder: PathBuf,
    key: hmac::Key,
    /// Of version, machine and settings.
    engine: u64,
}

impl Cache {
    /// Makes the folder and its key where they are missing.
    ///
    /// # Errors
    /// Those of the file system; or the folder is not this user's alone.
    pub(super) fn open(folder: &Path, engine: &Engine) -> io::Result<Self> {
        folder::open(folder)?;
        let mut hasher = DefaultHasher::new();
        engine.wasmtime.precompile_compatibility_hash().hash(&mut hasher);
        let key = key(&folder.join("key"))?;
        Ok(Self { folder: folder.to_owned(), key, engine: hasher.finish() })
    }

    /// The name of a component's code, by the component's digest.
    pub(super) fn name_of(&self, component: &[u8]) -> String {
        format!("{}-{:016x}.{ENDING}", Sha256::of(component), self.engine)
    }

    /// The key of one name: an entry under another name is not that component's.
    fn key_of(&self, name: &str) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&self.key, name.as_bytes()).as_ref())
    }

    /// The code of that name, unless there is none, or it is not what was kept.
    pub(super) fn find(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.folder.join(name);
        let mut bytes = match folder::read(&path, CODE_BYTES + DIGEST as u64) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "compiled code is not used");
                return None;
            }
        };
        let key = self.key_of(name);
        let signed = bytes.split_at_checked(DIGEST).is_some_and(|(tag, code)| hmac::verify(&key, code, tag).is_ok());
        if !signed {
            tracing::warn!(file = %path.display(), "compiled code is not what was kept; the guest is compiled again");
            return None;
        }
        touch(&path);
        Some(bytes.split_off(DIGEST))
    }

    /// Keeps code. If that fails, it is compiled again next time.
    pub(super) fn keep(&self, name: &str, code: &[u8]) {
        let path = self.folder.join(name);
        let tag = hmac::sign(&self.key_of(name), code);
        let kept = folder::write_beside(&path, &[tag.as_ref(), code]).and_then(|other| fs::rename(other, &path));
        if let Err(error) = kept.and_then(|()| self.make_room()) {
            tracing::warn!(file = %path.display(), %error, "compiled code is not kept");
        }
    }

    /// Removes what was not used for longest.
    fn make_room(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            // Another process may be doing the same.
            let Ok(found) = fs::symlink_metadata(&path) else { continue };
            let (ending, modified) = (path.extension().and_then(OsStr::to_str), found.modified()?);
            if ending == Some(ENDING) {
                entries.push((modified, found.len(), path));
            } else if ending == Some(UNFINISHED) && modified.elapsed().is_ok_and(|age| age > ABANDONED) {
                fs::remove_file(path).ok();
            }
        }
        entries.sort_by(|one, other| other.cmp(one));
        let mut bytes = 0;
        for (index, (_, size, path)) in entries.into_iter().enumerate() {
            bytes += size;
            if index >= KEPT_CODE || bytes > KEPT_CODE_BYTES {
                fs::remove_file(path).ok();
            }
        }
        Ok(())
    }
}

/// What is used again is the last to go.
#[expect(clippy::disallowed_methods, reason = "the time of a file, which other processes compare with theirs")]
fn touch(path: &Path) {
    fs::File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now())).ok();
}

/// The folder's key. The first process that comes makes it.
fn key(path: &Path) -> io::Result<hmac::Key> {
    if !path.try_exists()? {
        let mut fresh = [0; DIGEST];
        SystemRandom::new().fill(&mut fresh).map_err(|_| io::Error::other("the system has no random bytes"))?;
        let other = folder::write_beside(path, &[&fresh])?;
        // Unlike a rename, a link replaces no key that another process has made meanwhile.
        let linked = fs::hard_link(&other, path);
        fs::remove_file(&other)?;
        linked.or_else(|error| if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })?;
    }
    let bytes = folder::read(path, DIGEST as u64)?;
    if bytes.len() == DIGEST {
        Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "its key is damaged; remove the folder"))
    }
}
