//! The page of components against the registry.

use alluvium::documentation;

/// Set to anything, it has the test write the page in place of comparing it.
const WRITE: &str = "WRITE_DOCS";

/// Scenario: a component is added, or says something else of itself. Guarantee: the page says so, too.
#[test]
fn the_page_lists_the_registry() {
    let file = crate::root().join("docs/components.md");
    let page = documentation::components();
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&file, &page).expect("the page is written");
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == page, "docs/components.md is out of date; run: {WRITE}=1 cargo test --test structure");
}
