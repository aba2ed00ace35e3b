//! The blocks of components: from an id to settings as meant, by the registry.

use std::collections::BTreeMap;

use super::id;
use component::row::{Component, SECTIONS, Section};
use config::block::Block;
use config::guess::not_indented;
use config::node::Value;
use config::report::{Place, Report};
use config::schema::Site;

/// What stands under an id.
pub struct Configured {
    /// Where the id stands.
    pub place: Place,
    /// None if its block is wrong, and has been reported.
    pub component: Option<Component>,
}

/// Everything that the three sections hold.
pub type Components = BTreeMap<(Section, String), Configured>;

/// Reads the three sections.
pub fn read(root: &mut Block<'_>, report: &mut Report) -> Components {
    let mut components = Components::new();
    for section in SECTIONS {
        let Some(block) = root.main_block(section.key(), &super::SECTIONS, report) else { continue };
        let mut above = None;
        for (key, node) in block.entries() {
            let path = block.path_of(&key.text);
            let component = match id::parse(section, &key.text) {
                Ok((row, _)) => row.read(&key.text, Site { node, path: &path }, report),
                Err((message, help)) => {
                    let help = above.map(not_indented).unwrap_or_default() + &help;
                    report.error(key.place, &path, message, help);
                    None
                }
            };
            above = Some(key.text.as_str()).filter(|_| matches!(node.value, Value::Null));
            components.insert((section, key.text.clone()), Configured { place: key.place, component });
        }
        block.leave();
    }
    components
}
