//! The debug exporter as a component.

use std::sync::Arc;

use component::error::BuildError;
use component::exporter::{self, Environment, Kind};
use component::metrics::{self, COUNTER};
use pipeline::output::Output;
use prometheus::exposition::Page;

use super::{Debug, Printer, Settings, read};

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["debug"],
    summary: "Prints what flows, deltas included, and never holds a pipeline up.",
    page: include_str!("page.md"),
    read: |id, block, report| Some(Arc::new(read::read(id, block, report))),
};

/// What the shards share of an exporter.
struct Printed {
    settings: Settings,
    printer: Printer,
}

impl exporter::Settings for Settings {
    fn build(&self, environment: &mut Environment<'_>) -> Result<Arc<dyn exporter::Exporter>, BuildError> {
        let what = "cannot start the thread of the debug exporter";
        let (printer, end) = Printer::start(self.target).map_err(|error| BuildError::System { what, error })?;
        // It ends when the last shard has, and then the pipeline has stopped.
        environment.tasks.push(tokio::spawn(async move { end.await.unwrap_or_default() }));
        Ok(Arc::new(Printed { settings: self.clone(), printer }))
    }
}

impl exporter::Exporter for Printed {
    fn output(&self, _shard: usize, _environment: &mut Environment<'_>) -> Box<dyn Output> {
        Box::new(Debug::new(&self.settings, self.printer.clone()))
    }

    fn add_metrics(&self, page: &mut Page) {
        const HELP: &str = "Batches that were not shown because nobody read in time.";
        let labels = [("exporter", self.settings.id.as_str())];
        let lost = metrics::read(self.printer.lost());
        page.add("alluvium_debug_lost_batches_total", COUNTER, HELP, &labels, lost);
    }
}
