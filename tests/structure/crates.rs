//! What the crates of the host may know of each other: the page that says it against the crates themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::root;

type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// The dependencies of each crate of the host on others of the host, from the manifests.
fn of_the_crates() -> Dependencies {
    let folder = root().join("host");
    let names = || folder.read_dir().expect("the host").map(|entry| entry.expect("a crate").file_name());
    let names: BTreeSet<String> = names().map(|name| name.into_string().expect("a name")).collect();
    let of = |name: &String| {
        let manifest = std::fs::read_to_string(folder.join(name).join("Cargo.toml")).expect("a manifest");
        let own = manifest.split("\n[").find(|section| section.starts_with("dependencies]")).unwrap_or_default();
        let known = own.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
        known.filter(|known| names.contains(*known)).map(str::to_owned).collect()
    };
    names.iter().map(|name| (name.clone(), of(name))).collect()
}

/// The same from the page.
fn of_the_page() -> Dependencies {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).expect("the page");
    let (_, behind) = page.split_once("```dependencies\n").expect("the page has the list");
    let (list, _) = behind.split_once("```").expect("the list ends");
    let line = |line: &str| {
        let (name, known) = line.split_once("->").expect("an arrow");
        (name.trim().to_owned(), known.split_whitespace().map(str::to_owned).collect())
    };
    list.lines().map(line).collect()
}

/// Scenario: a crate comes to know another. Guarantee: the page says so, or the change is noticed.
#[test]
fn the_page_says_what_crates_know() {
    assert_eq!(of_the_page(), of_the_crates());
}
