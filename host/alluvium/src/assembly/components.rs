//! The blocks of components: from an id to settings as meant, by the registry.

use std::collections::BTreeMap;

use super::id;
use super::signals::LeftOut;
use component::row::{Component, SECTIONS, Section};
use config::block::Block;
use config::guess::not_indented;
use config::node::{Key, Value};
use config::place::Place;
use config::report::Report;
use config::schema::Site;

/// What stands under an id.
pub struct Configured {
    /// Where the id stands.
    pub place: Place,
    /// Whether messages may name it: one that came out of a reference is not shown.
    pub naming: Naming,
    /// None if its block is wrong, and has been reported.
    pub component: Option<Component>,
}

/// Whether messages may name an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// It is written in a source.
    Open,
    /// It was looked up.
    Withheld,
}

/// Everything that the three sections hold.
pub type Components = BTreeMap<(Section, String), Configured>;

/// Reads the three sections, but for what is left out.
pub fn read(root: &mut Block<'_>, left_out: &LeftOut, report: &mut Report) -> Components {
    let mut components = Components::new();
    for section in SECTIONS {
        let Some(block) = root.main_block(section.key(), &super::SECTIONS, report) else { continue };
        let mut above = None;
        for (key, node) in block.entries() {
            if left_out.has_component(section.key(), &key.text) {
                continue;
            }
            let path = block.path_of(&key.text);
            let component = match id::parse(section, &key.text) {
                Ok((row, _)) => row.read(&key.text, Site { node, path: &path }, report),
                Err((_, help)) if Naming::of(key) == Naming::Withheld => {
                    let message = format!("{} holds an id that is no {} of this build", key.shown(), section.noun());
                    report.error(key.place, &path, message, help);
                    None
                }
                Err((message, help)) => {
                    let help = above.map(not_indented).unwrap_or_default() + &help;
                    report.error(key.place, &path, message, help);
                    None
                }
            };
            let has_nothing = matches!(node.value, Value::Null) && Naming::of(key) == Naming::Open;
            above = Some(key.text.as_str()).filter(|_| has_nothing);
            components.insert(
                (section, key.text.clone()),
                Configured { place: key.place, naming: Naming::of(key), component },
            );
        }
        block.leave();
    }
    components
}

impl Naming {
    fn of(key: &Key) -> Self {
        if key.expanded.is_some() { Self::Withheld } else { Self::Open }
    }
}
