//! `nop`: takes everything, deltas included, and does nothing with it.

use std::sync::Arc;

use clock::Moment;
use component::blocks::Nothing;
use component::error::BuildError;
use component::exporter::{self, Built, Environment, Exporter, Kind};
use config::schema::Declared as _;
use model::Origin;
use pipeline::batch::Batch;
use pipeline::drops::Reason;
use pipeline::output::{Label, Labels, Output};
use pipeline::shard::outside::Outside;
use streams::OutputStream;
use streams::describe::View;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["nop"],
    summary: "Takes everything, deltas included, and does nothing with it.",
    example: "",
    page: include_str!("page.md"),
    schema: Nothing::schema,
    read: |_, site, report| Nothing::read(site, report).map(|_| Arc::new(Nop) as Arc<_>),
};

/// The exporter: there is nothing to set, to share or to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Nop;

impl exporter::Settings for Nop {
    fn label(&self) -> Box<dyn Label> {
        Box::new(Self)
    }

    fn build(&self, shards: usize, _environment: &mut Environment<'_>) -> Result<Built, BuildError> {
        let part = |_| -> Box<dyn Output> { Box::new(Self) };
        Ok(Built { exporter: Arc::new(Self), outputs: (0..shards).map(part).collect() })
    }
}

impl Exporter for Nop {}

impl Label for Nop {
    fn takes_deltas(&self) -> bool {
        true
    }

    fn label(&mut self, _view: View<'_>) -> Result<Labels, Reason> {
        Ok(Labels::new((), 0))
    }

    fn series_key<'a>(&self, _labels: &'a Labels) -> Option<&'a [u8]> {
        None
    }
}

impl Output for Nop {
    fn describe(
        &mut self,
        _stream: OutputStream,
        _view: View<'_>,
        _origin: Origin,
        _labels: &Labels,
    ) -> Result<(), Reason> {
        Ok(())
    }

    fn forget(&mut self, _stream: OutputStream) {}

    fn write(&mut self, _batch: &Batch, _now: Moment, _outside: &mut dyn Outside) {}

    fn tick(&mut self, _now: Moment, _outside: &mut dyn Outside) {}

    fn flush(&mut self, _now: Moment) {}

    fn memory(&self) -> usize {
        0
    }
}
