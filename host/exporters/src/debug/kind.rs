//! The debug exporter as a component.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use component::error::BuildError;
use component::exporter::{self, Built, Environment, Kind};
use component::metrics::{self, COUNTER};
use config::schema::Declared as _;
use pipeline::output::{Label, Output};
use prometheus::exposition::Page;

use super::{Debug, DebugLabels, Printer, Settings, block};

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["debug"],
    summary: "Prints what flows, deltas included, and never holds a pipeline up.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: block::Keys::schema,
    read: |id, site, report| Some(Arc::new(block::Keys::read(site, report)?.settings(id))),
};

/// What can be seen of an exporter.
struct Printed {
    id: String,
    /// Batches that were not shown.
    lost: Arc<AtomicU64>,
}

impl exporter::Settings for Settings {
    fn label(&self) -> Box<dyn Label> {
        Box::new(DebugLabels)
    }

    fn build(&self, shards: usize, environment: &mut Environment<'_>) -> Result<Built, BuildError> {
        let what = "cannot start the thread of the debug exporter";
        let (printer, end) = Printer::start(self.target).map_err(|error| BuildError::System { what, error })?;
        // It ends when the last shard has, and then the pipeline has stopped.
        environment.tasks.push(tokio::spawn(async move { end.await.unwrap_or_default() }));
        let exporter = Arc::new(Printed { id: self.id.clone(), lost: Arc::clone(printer.lost()) });
        let part = |_| -> Box<dyn Output> { Box::new(Debug::new(self, printer.clone())) };
        Ok(Built { exporter, outputs: (0..shards).map(part).collect() })
    }
}

impl exporter::Exporter for Printed {
    fn add_metrics(&self, page: &mut Page) {
        const HELP: &str = "Batches that were not shown because nobody read in time.";
        let labels = [("exporter", self.id.as_str())];
        let lost = metrics::read(&self.lost);
        page.add("alluvium_debug_lost_batches_total", COUNTER, HELP, &labels, lost);
    }
}
