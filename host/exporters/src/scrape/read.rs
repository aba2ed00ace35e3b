//! The exporter's block, read.

use config::block::Block;
use config::report::Report;

use super::Settings;
use crate::labelling;

/// The port that the default configuration has.
const PORT: u16 = 9464;

/// Reads the block.
pub fn read(id: &str, mut block: Block<'_>, report: &mut Report) -> Option<Settings> {
    let is_there = block.demand("endpoint", &format!("add where the page is: endpoint: localhost:{PORT}"), report);
    let listen = is_there.then(|| block.listen("endpoint", PORT, report)).flatten();
    let labelling = labelling::read(&mut block, "const_labels", report);
    let off = "leave it off";
    block.refuse_if_on(&[("send_timestamps", off), ("enable_open_metrics", off)], report);
    block.refuse(&[("tls", "end TLS in front of this host"), ("auth", "remove it"), ("cors", "remove it")], report);
    block.ignore(&["metric_expiration"], report);
    block.finish(report);
    Some(Settings { id: id.into(), listen: listen?.value, labelling })
}
