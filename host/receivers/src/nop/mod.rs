//! `nop`: listens on nothing and receives nothing.

use std::sync::Arc;

use component::blocks::Nothing;
use component::endpoint::Sockets;
use component::receiver::{self, Kind, Receiver};
use config::schema::Declared as _;
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
    schema: Nothing::schema,
    read: |_, site, report| Nothing::read(site, report).map(|_| Arc::new(Nop) as Arc<_>),
};

/// The receiver: there is nothing to set or to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Nop;

impl receiver::Settings for Nop {
    fn build(&self, _intake: Arc<Intake>) -> Arc<dyn Receiver> {
        Arc::new(Self)
    }
}

impl Receiver for Nop {
    fn start(&self, _sockets: Vec<Sockets>, _stopping: &watch::Receiver<bool>, _tasks: &mut JoinSet<()>) {}

    fn add_metrics(&self, _page: &mut Page) {}
}
