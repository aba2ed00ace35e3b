//! Where things are, for whoever started the host.

use crate::host::Addresses;

/// Says that everything runs. Whoever gave no configuration is told what to do next.
pub fn announce(addresses: &Addresses, is_default: bool) {
    if let Some(address) = addresses.own {
        tracing::info!(%address, path = "/metrics", "serving own metrics");
    }
    tracing::info!("ready");
    if is_default {
        tell(addresses);
    }
}

fn tell(addresses: &Addresses) {
    let port = |transport: &str| {
        let found = addresses.components.iter().find(|(known, _)| *known == transport);
        found.map_or(0, |(_, address)| address.port())
    };
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
        http = port("http"),
        grpc = port("grpc"),
        scrape = port("scrape"),
        own = addresses.own.map_or(0, |address| address.port()),
    );
}

/// How this program was called.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "alluvium".into())
}
