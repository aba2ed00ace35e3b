use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;

use super::super::cache::Cache;
use crate::Engine;

const COMPONENT: &[u8] = b"a component";
const CODE: &[u8] = b"its code";

struct Scene {
    folder: TempDir,
    engine: Engine,
}

impl Scene {
    fn new() -> Self {
        let engine = Engine::start().expect("the engine starts");
        Self { folder: TempDir::new().expect("there is room for a folder"), engine }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("guests")
    }

    fn open(&self) -> std::io::Result<Cache> {
        Cache::open(&self.path(), &self.engine)
    }

    /// A cache that has kept the code of the component, and the file that has it.
    fn kept(&self) -> (Cache, String, PathBuf) {
        let cache = self.open().expect("the folder is usable");
        let name = cache.name_of(COMPONENT);
        cache.keep(&name, CODE);
        let file = self.path().join(&name);
        (cache, name, file)
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it exists").permissions().mode() & 0o777
}

/// Scenario: code is kept, and another process looks for it. Guarantee: it finds the same bytes, and what it finds was never
/// readable by others.
#[test]
fn another_process_finds_what_was_kept() {
    let scene = Scene::new();
    let (_, name, file) = scene.kept();
    assert_eq!(scene.open().expect("the folder is usable").find(&name).as_deref(), Some(CODE));
    assert_eq!([scene.path(), scene.path().join("key"), file].map(|path| mode(&path)), [0o700, 0o600, 0o600]);
}

/// Scenario: a file decays, by one bit anywhere, or is cut. Guarantee: its code is not loaded; kept again it is found.
#[test]
fn damaged_code_is_not_found() {
    let scene = Scene::new();
    let (cache, name, file) = scene.kept();
    let whole = fs::read(&file).expect("it is there");
    for index in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[index] ^= 1;
        fs::write(&file, damaged).expect("it can be written");
        assert_eq!(cache.find(&name), None, "with another bit in byte {index}");
        fs::write(&file, &whole[..index]).expect("it can be written");
        assert_eq!(cache.find(&name), None, "with {index} bytes");
    }
    cache.keep(&name, CODE);
    assert_eq!(cache.find(&name).as_deref(), Some(CODE));
}

/// Scenario: the file of one component is put in the place of another's, or comes from a folder with another key. Guarantee:
/// neither is loaded.
#[test]
fn foreign_code_is_not_found() {
    let (scene, other) = (Scene::new(), Scene::new());
    let (cache, name, file) = scene.kept();
    let evil = cache.name_of(b"another component");
    cache.keep(&evil, b"other code");
    fs::rename(scene.path().join(evil), &file).expect("it can be moved");
    assert_eq!(cache.find(&name), None);
    fs::copy(other.kept().2, &file).expect("it can be copied");
    assert_eq!(cache.find(&name), None);
}

/// Scenario: entry, key or folder is a link, or others may read it. Guarantee: none is used, and the folder is refused where
/// the key or itself is at fault.
#[test]
fn what_others_can_reach_is_not_used() {
    let scene = Scene::new();
    let (cache, name, file) = scene.kept();
    fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("it is ours");
    assert_eq!(cache.find(&name), None);
    fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("it is ours");
    assert_eq!(cache.find(&name).as_deref(), Some(CODE));

    let elsewhere = scene.folder.path().join("elsewhere");
    fs::rename(&file, &elsewhere).expect("it can be moved");
    symlink(&elsewhere, &file).expect("it can be linked");
    assert_eq!(cache.find(&name), None);

    let key = scene.path().join("key");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).expect("it is ours");
    assert!(scene.open().is_err());
    fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("it is ours");
    fs::set_permissions(scene.path(), Permissions::from_mode(0o755)).expect("it is ours");
    assert!(scene.open().is_err());
    fs::set_permissions(scene.path(), Permissions::from_mode(0o700)).expect("it is ours");
    fs::write(&key, b"short").expect("it is ours");
    assert!(scene.open().is_err());

    let link = scene.folder.path().join("link");
    symlink(scene.path(), &link).expect("it can be linked");
    assert!(Cache::open(&link, &scene.engine).is_err());
}

/// Scenario: more components are compiled than are kept. Guarantee: the last ones stay, and no unfinished file does.
#[test]
fn the_oldest_go_first() {
    let scene = Scene::new();
    let cache = scene.open().expect("the folder is usable");
    let names: Vec<String> =
        (0..=crate::limits::KEPT_CODE as u64).map(|number| cache.name_of(&number.to_le_bytes())).collect();
    for (age, name) in names.iter().rev().enumerate().skip(1).rev() {
        cache.keep(name, CODE);
        let then = UNIX_EPOCH + Duration::from_secs(1_000_000 - 60 * age as u64);
        fs::File::options()
            .append(true)
            .open(scene.path().join(name))
            .and_then(|file| file.set_modified(then))
            .expect("it is ours");
    }
    cache.keep(names.last().expect("there are some"), CODE);
    let found: Vec<bool> = names.iter().map(|name| scene.path().join(name).exists()).collect();
    assert_eq!(found.iter().position(|there| *there), Some(1), "only the oldest has gone: {found:?}");
    let unfinished = fs::read_dir(scene.path()).expect("it is there").filter_map(Result::ok);
    assert_eq!(unfinished.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "tmp")).count(), 0);
}
