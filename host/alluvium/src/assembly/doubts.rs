//! What is legal in a pipeline, but hardly meant: it is warned of.

use config::block::At;
use config::report::Report;

use crate::build::Settings;

/// Warns of what looks wrong in a pipeline. `exporters` is the path of the list of its exporters.
pub fn warn(pipeline: &Settings, exporters: &At<String>, report: &mut Report) {
    let At { place, value: path } = exporters;
    let makes_totals = pipeline.stages.iter().any(|stage| stage.may_make_totals());
    if !makes_totals && pipeline.exporters.iter().any(|exporter| !exporter.label().takes_deltas()) {
        let message = "exporters here take totals only: points of delta sums and histograms would be dropped";
        let help = "add delta_to_cumulative to the processors, unless all clients send totals";
        report.warning(*place, path, message, help);
    }
    if !pipeline.is_sharded() {
        let message = "these exporters label series in different ways, so the pipeline runs on one shard";
        let help = "let their labels agree, or give each exporter a pipeline of its own";
        report.warning(*place, path, message, help);
    }
}
