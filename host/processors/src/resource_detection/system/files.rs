//! Files that describe the system, read up to a bound.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::PathBuf;

/// Of a file so much is read: the description of a processor, which is repeated for each of hundreds, has 2 KB.
const FILE_BYTES: u64 = 64 << 10;

/// Of a folder so many entries are read: machines have some network interfaces, hosts of containers some hundred.
const ENTRIES: usize = 1_024;

/// The files below a folder.
#[derive(Debug, Clone)]
pub struct Files {
    root: PathBuf,
}

/// Those of the system.
impl Default for Files {
    fn default() -> Self {
        Self::below("/")
    }
}

impl Files {
    /// Those below a folder.
    #[must_use]
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The beginning of a file; empty if it cannot be read.
    #[must_use]
    pub fn text(&self, path: &str) -> String {
        let mut bytes = Vec::new();
        let read = File::open(self.root.join(path)).and_then(|file| file.take(FILE_BYTES).read_to_end(&mut bytes));
        if let Err(error) = read {
            tracing::debug!(path, %error, "cannot be read");
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The first line of a file, without blanks around it; empty if it cannot be read.
    #[must_use]
    pub fn line(&self, path: &str) -> String {
        self.text(path).lines().next().unwrap_or_default().trim().to_owned()
    }

    /// The names in a folder, sorted; none if it cannot be read.
    #[must_use]
    pub fn names(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.root.join(path)).into_iter().flatten().take(ENTRIES);
        let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        names
    }
}
