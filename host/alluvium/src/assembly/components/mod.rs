//! The blocks of components: from keys as written to settings as meant. Keys, defaults and bounds are the Collector's.

mod attribute_filter;
mod batch;
mod debug;
mod delta_to_cumulative;
mod guest;
mod labelling;
mod memory_limiter;
mod otlp;
mod prometheus;
mod remote_write;

use std::collections::BTreeMap;

use super::id::{SECTIONS, Section, Type};
use crate::build::GuestSettings;
use config::address::Listen;
use config::block::{At, Block, not_indented};
use config::node::{Node, Value};
use config::report::{Place, Report};
use exporters::remote_write::settings::{self as remote, Batching};
use exporters::{debug as text, scrape as page};
use processors::memory_limiter as limiter;
use receivers::otlp::receiver;

/// A component, as meant.
pub enum Component {
    /// Endpoints, and the address of each.
    Otlp(Vec<(receiver::Settings, Address)>),
    /// How much the host may hold.
    MemoryLimiter(limiter::Settings),
    /// How remote-write requests are filled.
    Batch(Batching),
    /// A guest.
    Guest(GuestSettings),
    /// Remote write.
    RemoteWrite(remote::Settings),
    /// A page, and its address.
    Prometheus(page::Settings, Address),
    /// Text.
    Debug(text::Settings),
}

/// An address that the host will listen on, and where the configuration says so.
pub struct Address {
    /// The keys that lead there.
    pub path: String,
    /// The address.
    pub listen: At<Listen>,
}

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
            let component = match section.parse(&key.text) {
                Ok((found, _)) => component(found, &key.text, node, &path, report),
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

fn component(found: Type, id: &str, node: &Node, path: &str, report: &mut Report) -> Option<Component> {
    let block = Block::of(node, path, report);
    match found {
        Type::OtlpReceiver => Some(Component::Otlp(otlp::read(id, block, report))),
        Type::MemoryLimiter => memory_limiter::read(block, report).map(Component::MemoryLimiter),
        Type::Batch => Some(Component::Batch(batch::read(block, report))),
        Type::AttributeFilter => Some(Component::Guest(attribute_filter::read(id, block, report))),
        Type::DeltaToCumulative => Some(Component::Guest(delta_to_cumulative::read(id, block, report))),
        Type::PrometheusRemoteWrite => remote_write::read(id, block, report).map(Component::RemoteWrite),
        Type::Prometheus => {
            prometheus::read(id, block, report).map(|(settings, address)| Component::Prometheus(settings, address))
        }
        Type::Debug => Some(Component::Debug(debug::read(id, block, report))),
    }
}
