//! Where things are, for whoever started the host.

use std::net::SocketAddr;

/// Addresses that were bound.
#[derive(Default)]
pub struct Places {
    /// Those of components, by what is spoken there.
    components: Vec<(&'static str, SocketAddr)>,
    /// That of the host's own metrics.
    own: Option<SocketAddr>,
}

impl Places {
    /// Notes where a component listens.
    pub fn note(&mut self, transport: &'static str, address: Option<SocketAddr>) {
        self.components.extend(address.map(|address| (transport, address)));
    }

    /// Notes where the host's own metrics are.
    pub fn note_own(&mut self, address: Option<SocketAddr>) {
        self.own = address;
    }

    /// Says that everything runs. Whoever gave no configuration is told what to do next.
    pub fn announce(&self, is_default: bool) {
        if let Some(address) = self.own {
            tracing::info!(%address, path = "/metrics", "serving own metrics");
        }
        tracing::info!("ready");
        if is_default {
            self.tell();
        }
    }

    fn tell(&self) {
        println!(
            "Alluvium is ready: deltas in, totals out.

Put this into Claude Code's environment:

  export CLAUDE_CODE_ENABLE_TELEMETRY=1
  export OTEL_METRICS_EXPORTER=otlp
  export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
  export OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:{http}

(or grpc and http://localhost:{grpc}). Claude Code sends every 60 seconds.

Look at the totals:      http://localhost:{scrape}/metrics   <- scrape this with Prometheus
Look at Alluvium itself: http://localhost:{own}/metrics
Try it without Claude Code, from another terminal:

  {program} generate --sessions 3 --duration 20s --interval 5s

Stop with Ctrl-C.",
            program = program(),
            http = self.port("http"),
            grpc = self.port("grpc"),
            scrape = self.port("scrape"),
            own = self.own.map_or(0, |address| address.port()),
        );
    }

    /// The port where that is spoken.
    fn port(&self, transport: &str) -> u16 {
        let found = self.components.iter().find(|(known, _)| *known == transport);
        found.map_or(0, |(_, address)| address.port())
    }
}

/// How this program was called.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "alluvium".into())
}
