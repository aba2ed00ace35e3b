//! `nop`: listens on nothing and receives nothing.

use std::sync::Arc;

use component::endpoint::Sockets;
use component::receiver::{self, Kind, Receiver};
use config::block::Block;
use config::report::Report;
use pipeline::intake::Intake;
use prometheus::exposition::Page;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["nop"],
    summary: "Listens on nothing and receives nothing.",
    example: "",
    page: include_str!("page.md"),
    read: |_, block, report| Some(Arc::new(Nop::read(block, report))),
};

/// The receiver: there is nothing to set or to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Nop;

impl Nop {
    fn read(block: Block<'_>, report: &mut Report) -> Self {
        block.finish(report);
        Self
    }
}

impl receiver::Settings for Nop {
    fn build(&self, _intake: Arc<Intake>) -> Arc<dyn Receiver> {
        Arc::new(Self)
    }
}

impl Receiver for Nop {
    fn start(&self, _sockets: Vec<Sockets>, _stopping: &watch::Receiver<bool>, _tasks: &mut JoinSet<()>) {}

    fn add_metrics(&self, _page: &mut Page) {}
}
