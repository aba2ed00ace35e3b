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

/// Scenario: sessions through a gateway that spreads streams over three workers, each of which writes to Prometheus.
/// Guarantee: each stream is at one worker, so that Prometheus has the totals exactly, and all workers have some.
#[tokio::test]
async fn totals_survive_a_ring_of_workers() {
    let prometheus = Prometheus::start(&[]).await;
    let config = worker(&prometheus);
    let (first, second, third) =
        tokio::join!(Alluvium::start(&config), Alluvium::start(&config), Alluvium::start(&config));
    let workers = [first, second, third];
    let block = format!(
        "{{protocol: {{otlp: {{tls: {{insecure: true}}, sending_queue: {{num_consumers: 2}}}}}}, \
         resolver: {{static: {{hostnames: ['{}', '{}', '{}']}}}}, routing_key: streamID}}",
        workers[0].grpc, workers[1].grpc, workers[2].grpc
    );
    let gateway = Alluvium::start(&gateway(&[("loadbalancing", block)])).await;
    let (http, grpc) = ([&PLAY[..], &["--seed", "6", "--gzip"]].concat(), [&PLAY[..], &["--seed", "7"]].concat());
    let (http, grpc) = tokio::join!(gateway.generate(Protocol::Http, &http), gateway.generate(Protocol::Grpc, &grpc));
    let page = crate::raw::get(&gateway.own, "/metrics").await.text();
    assert!(gateway.stop().await.success());
    for worker in workers {
        let sent =
            format!("alluvium_forward_sent_points_total{{exporter=\"loadbalancing\",endpoint=\"{}\"}} ", worker.grpc);
        let sent = page.lines().find_map(|line| line.strip_prefix(&sent)).expect("a counter");
        assert!(sent.parse::<f64>().expect("a number") > 0.0, "{page}");
        assert!(worker.stop().await.success());
    }
    assert_true(&prometheus, &http.and(grpc), &TOKENS_AND_COST).await;
}
