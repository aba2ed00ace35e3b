//! Two tiers: a gateway hands on requests to a worker, and Prometheus has what the senders sent.

use crate::alluvium::{Alluvium, Protocol, RECEIVERS, TELEMETRY};
use crate::prometheus::Prometheus;
use crate::totals::{PLAY, TOKENS_AND_COST, assert_true, worker};

/// A gateway with these exporters, all of which get everything.
pub fn gateway(exporters: &[(&str, String)]) -> String {
    let blocks: String = exporters.iter().map(|(id, block)| format!("  {id}: {block}\n")).collect();
    let ids: Vec<&str> = exporters.iter().map(|(id, _)| *id).collect();
    format!(
        "{RECEIVERS}
processors:
  memory_limiter: {{check_interval: 1s, limit_mib: 512, spike_limit_mib: 128}}
exporters:
{blocks}
service:{TELEMETRY}
  pipelines:
    metrics: {{receivers: [otlp], processors: [memory_limiter], exporters: [{}]}}
",
        ids.join(", ")
    )
}

/// Scenario: sessions over all protocols and compressions, through one gateway each, to one worker. Guarantee: Prometheus has
/// the senders' totals exactly once everybody has stopped.
#[tokio::test]
async fn totals_survive_a_gateway() {
    let prometheus = Prometheus::start(&[]).await;
    let worker = Alluvium::start(&worker(&prometheus)).await;
    let (http, grpc) = (format!("http://{}", worker.http), worker.grpc.clone());
    let mut truth = crate::truth::Truth::default();
    for (seed, exporter, compression, protocol) in [
        ("1", "otlp", "gzip", Protocol::Http),
        ("2", "otlp_grpc", "none", Protocol::Grpc),
        ("3", "otlp/snappy", "snappy", Protocol::Http),
        ("4", "otlphttp", "zstd", Protocol::Grpc),
        ("5", "otlp_http", "gzip", Protocol::Http),
    ] {
        let block = match exporter.contains("http") {
            true => format!("{{endpoint: '{http}', compression: {compression}, sending_queue: {{num_consumers: 3}}}}"),
            false => format!("{{endpoint: '{grpc}', tls: {{insecure: true}}, compression: {compression}}}"),
        };
        let gateway = Alluvium::start(&gateway(&[(exporter, block)])).await;
        truth = truth.and(gateway.generate(protocol, &[&PLAY[..], &["--seed", seed]].concat()).await);
        assert!(gateway.stop().await.success());
    }
    assert!(worker.stop().await.success());
    assert_true(&prometheus, &truth, &TOKENS_AND_COST).await;
}
