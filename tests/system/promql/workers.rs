//! Two workers that get the same exports; one is replaced meanwhile.

use std::fmt::Write as _;

use bytes::Bytes;

use super::Scale;
use super::expected::Expected;
use crate::alluvium::{Alluvium, RECEIVERS, TELEMETRY};
use crate::prometheus::Prometheus;
use crate::raw;

/// One that runs all the time, and one that is replaced.
pub const WORKERS: [&str; 2] = ["steady", "replaced"];

pub struct Workers {
    running: Vec<Alluvium>,
}

impl Workers {
    pub async fn start(back_ends: &[(&'static str, Prometheus)], scale: Scale) -> Self {
        let mut running = Vec::new();
        for worker in WORKERS {
            running.push(Alluvium::start(&configuration(worker, back_ends, scale)).await);
        }
        Self { running }
    }

    /// Gives an export to all of them.
    pub async fn take(&self, export: &Bytes) {
        for worker in &self.running {
            assert_eq!(raw::post(&worker.http, &[], export.clone()).await.status, 200);
        }
    }

    /// Stops one as a container platform does, and starts its successor.
    pub async fn replace(&mut self, back_ends: &[(&'static str, Prometheus)], scale: Scale, expected: &Expected) {
        let [_, replaced] = WORKERS;
        let old = self.running.pop().expect("there are two");
        assert!(old.stop().await.success());
        self.running.push(Alluvium::start(&configuration(replaced, back_ends, scale)).await);
        expected.replaced(replaced);
    }
}

/// Each worker writes to all back-ends, with and without what makes counters truthful, and nobody else writes its series.
fn configuration(worker: &str, back_ends: &[(&'static str, Prometheus)], scale: Scale) -> String {
    let step = scale.interval.as_secs();
    let truthful = format!("{{single_writer: true, repeat_interval: {step}s}}");
    let (mut exporters, mut ids) = (String::new(), Vec::new());
    for (name, prometheus) in back_ends {
        for (zeros, counters) in
            [("yes", truthful.as_str()), ("no", "{zeros: 0, repeats: false, stale_markers: false}")]
        {
            let id = format!("prometheusremotewrite/{name}-{zeros}");
            let endpoint = prometheus.write_url();
            writeln!(
                exporters,
                "  {id}:
    endpoint: {endpoint}
    external_labels: {{worker: {worker}, zeros: '{zeros}'}}
    resource_to_telemetry_conversion: {{enabled: true}}
    truthful_counters: {counters}"
            )
            .expect("a string");
            ids.push(id);
        }
    }
    format!(
        "{RECEIVERS}
processors:
  deltatocumulative: {{max_stale: 30m}}
  batch: {{timeout: 200ms}}
exporters:
{exporters}
service:{TELEMETRY}
  pipelines:
    metrics: {{receivers: [otlp], processors: [deltatocumulative, batch], exporters: [{}]}}
",
        ids.join(", ")
    )
}
