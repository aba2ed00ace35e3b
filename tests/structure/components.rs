//! The pages of components and of keys against the registry.

use alluvium::documentation;

/// Set to anything, it has the test write the page in place of comparing it.
const WRITE: &str = "WRITE_DOCS";

/// Scenario: a component is added, or says something else of itself. Guarantee: the page says so, too.
#[test]
fn the_page_lists_the_registry() {
    compare("docs/components.md", &documentation::components());
}

/// Scenario: a key is added, or means something else. Guarantee: the page says so, too.
#[test]
fn the_page_lists_the_keys() {
    compare("docs/configuration.md", &documentation::configuration());
}

fn compare(name: &str, page: &str) {
    let file = crate::root().join(name);
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&file, page).expect("the page is written");
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == page, "{name} is out of date; run: {WRITE}=1 cargo test --test structure");
}
