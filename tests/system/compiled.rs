//! Where the code of guests comes from: a process of its own, and what it has kept.

use std::fs::{self, Permissions};
use std::io::{Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::alluvium::{run, run_on};

/// Loads the built-in guest.
async fn validate(cache: &Path) {
    let output = run(&["validate", "--cache", cache.to_str().expect("text")]).await;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

fn code(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.extension().is_some_and(|ending| ending == "code")).collect()
}

/// The code of the built-in guest is kept, found again, and made anew where it was changed. A folder that others can write
/// to holds the host up in nothing, and gets no code.
#[tokio::test]
async fn code_is_kept_and_checked() {
    let home = TempDir::new().expect("a folder");
    let cache = home.path().join("guests");
    validate(&cache).await;
    let [kept] = &code(&cache)[..] else { panic!("one guest was compiled: {:?}", code(&cache)) };
    let file = fs::metadata(kept).expect("code").ino();
    validate(&cache).await;
    assert_eq!(fs::metadata(kept).expect("code").ino(), file, "it was found, not written again");

    let mut changed = fs::read(kept).expect("code");
    *changed.last_mut().expect("code") ^= 1;
    fs::write(kept, &changed).expect("it is ours");
    validate(&cache).await;
    assert_ne!(fs::read(kept).expect("code"), changed, "it was compiled again");

    let open = TempDir::new().expect("a folder");
    fs::set_permissions(open.path(), Permissions::from_mode(0o777)).expect("it is ours");
    validate(open.path()).await;
    assert_eq!(code(open.path()), Vec::<PathBuf>::new());
}

/// The process that compiles says what is wrong with a component, and hands out no code then.
#[tokio::test]
async fn the_compiler_explains_itself() {
    let mut input = tempfile::tempfile().expect("a file");
    input.write_all(b"no component").and_then(|()| input.rewind()).expect("it can be written");
    let output = run_on(&["compile-guest"], input).await;
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("magic"), "{said}");
}
