//! Twenty-eight mistakes that people make, each in a file of `broken/`, and beside it all that is said of it. A Collector
//! names the line of two of them. `INSTA_UPDATE=always cargo test --test config broken` writes the reports anew; read them
//! as a user would.

use std::fs;
use std::path::Path;

use alluvium::assembly::{self, Signals};
use config::source::Location;

use crate::world::World;

/// Every file: the whole report.
#[test]
fn all_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/config/broken");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    names.sort();
    assert_eq!(names.len(), 28);
    let world = World::default().variables(&[("SIZE", "many"), ("L", "${env:L}")]);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for name in names {
        let text = fs::read_to_string(folder.join(&name)).expect("a file");
        let location = Location::Text { name: name.clone(), text };
        let (_, report) = assembly::load(&[location], &world, Signals::Metrics);
        settings.bind(|| insta::assert_snapshot!(name.trim_end_matches(".yaml"), report));
    }
}
