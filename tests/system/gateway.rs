//! Two tiers: a gateway hands on requests to a worker, and Prometheus has what the senders sent.

use std::time::Duration;

use bytes::Bytes;

use crate::alluvium::{Alluvium, PATIENCE, Protocol, RECEIVERS, TELEMETRY};
use crate::prometheus::Prometheus;
use crate::raw;
use crate::support::otlp::{BEGIN, SECOND, point, request};
use crate::support::sink::Sink;
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
    let page = raw::get(&gateway.own, "/metrics").await.text();
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

/// A worker that writes to `sink`, with room for so many streams.
fn worker_to(sink: &Sink, streams: usize) -> String {
    format!(
        "{RECEIVERS}
processors:
  deltatocumulative: {{max_streams: {streams}}}
exporters:
  prometheusremotewrite: {{endpoint: '{}', truthful_counters: {{zeros: 0}}}}
service:{TELEMETRY}
  pipelines:
    metrics: {{receivers: [otlp], processors: [deltatocumulative], exporters: [prometheusremotewrite]}}
",
        sink.url()
    )
}

/// A counter or gauge of an exporter, summed over its endpoints.
pub fn read(page: &str, name: &str) -> f64 {
    let lines = page.lines().filter(|line| line.starts_with(&format!("{name}{{")));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// Waits until the gateway's own page says so.
async fn until(gateway: &Alluvium, done: impl Fn(&str) -> bool) -> String {
    let waited = async {
        loop {
            let page = raw::get(&gateway.own, "/metrics").await.text();
            if done(&page) {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.expect("it comes to that")
}

/// A request of one point of a stream.
fn one(stream: &str) -> Bytes {
    request(vec![point(stream, BEGIN, BEGIN + SECOND, 1)])
}

/// Scenario: twenty senders' requests travel together, over gRPC and over HTTP, and one of them has an attribute that is no
/// text. Guarantee: the worker gets all others, and only that one is counted as refused.
#[tokio::test]
async fn one_malformed_request_costs_no_other() {
    let sink = Sink::start().await;
    let worker = Alluvium::start(&worker_to(&sink, 1_000)).await;
    let together = "sending_queue: {batch: {flush_timeout: 3s}}";
    for (exporter, endpoint) in [("otlp", worker.grpc.clone()), ("otlphttp", format!("http://{}", worker.http))] {
        let block = format!("{{endpoint: '{endpoint}', tls: {{insecure: true}}, {together}}}");
        let gateway = Alluvium::start(&gateway(&[(exporter, block)])).await;
        for number in 0..20 {
            let mut bytes = one(&format!("{exporter}-{number:04}")).to_vec();
            if number == 7 {
                let at = bytes.windows(4).position(|window| window == b"0007").expect("the stream");
                bytes[at..at + 4].fill(0xFF);
            }
            assert_eq!(raw::post(&gateway.http, &[], bytes.into()).await.status, 200);
        }
        let count = |page: &str, what: &str| read(page, &format!("alluvium_forward_{what}_points_total"));
        let page = until(&gateway, |page| count(page, "sent") + count(page, "refused") >= 20.0).await;
        assert_eq!((count(&page, "sent"), count(&page, "refused")), (19.0, 1.0), "{exporter}");
        // They had travelled together.
        assert!(read(&page, "alluvium_forward_sent_requests_total") < 19.0, "{page}");
        assert!(gateway.stop().await.success());
    }
    assert!(worker.stop().await.success());
    let mut streams: Vec<String> = sink.samples().iter().map(|sample| sample.label("stream").to_owned()).collect();
    streams.sort();
    streams.dedup();
    assert_eq!(streams.len(), 38);
}

/// Scenario: a worker takes a request without some of its points, and says so. Guarantee: they are counted, and not sent again.
#[tokio::test]
async fn partial_success_is_counted() {
    let sink = Sink::start().await;
    let worker = Alluvium::start(&worker_to(&sink, 6)).await;
    for (exporter, endpoint) in [("otlp", worker.grpc.clone()), ("otlphttp", format!("http://{}", worker.http))] {
        let block = format!("{{endpoint: '{endpoint}', tls: {{insecure: true}}}}");
        let gateway = Alluvium::start(&gateway(&[(exporter, block)])).await;
        let points = (0..10).map(|number| point(&format!("s{number}"), BEGIN, BEGIN + SECOND, 1)).collect();
        assert_eq!(raw::post(&gateway.http, &[], request(points)).await.status, 200);
        let rejected = |page: &str| read(page, "alluvium_forward_rejected_points_total");
        let page = until(&gateway, |page| rejected(page) > 0.0).await;
        assert_eq!((rejected(&page), read(&page, "alluvium_forward_sent_points_total")), (4.0, 6.0), "{exporter}");
        assert_eq!(read(&page, "alluvium_forward_retries_total"), 0.0);
        assert!(gateway.stop().await.success());
    }
    assert!(worker.stop().await.success());
}

/// Scenario: one of two workers is down, and has room for little. Guarantee: the other gets its share; a request that needs
/// room of the one that is down is refused with a retryable answer once it is full, and others are not.
#[tokio::test]
async fn only_the_share_of_a_worker_that_is_down_waits() {
    let sink = Sink::start().await;
    let worker = Alluvium::start(&worker_to(&sink, 1_000)).await;
    // Nobody listens there once the listener is gone.
    let down = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let block = format!(
        "{{protocol: {{otlp: {{tls: {{insecure: true}}, sending_queue: {{sizer: bytes, queue_size: 1000}}}}}}, \
         resolver: {{static: {{hostnames: ['{}', '{down}']}}}}, routing_key: streamID}}",
        worker.grpc
    );
    let gateway = Alluvium::start(&gateway(&[("load_balancing", block)])).await;
    let mut statuses = Vec::new();
    for number in 0..100 {
        let answer = raw::post(&gateway.http, &[], one(&format!("s{number}"))).await;
        if answer.status != 200 {
            assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"));
        }
        statuses.push(answer.status.as_u16());
        // What went to the worker that is up leaves room for the next.
        until(&gateway, |page| {
            let alive =
                format!("alluvium_forward_queue_bytes{{exporter=\"load_balancing\",endpoint=\"{}\"}} 0", worker.grpc);
            page.contains(&alive)
        })
        .await;
    }
    let taken = statuses.iter().filter(|status| **status == 200).count();
    let page = raw::get(&gateway.own, "/metrics").await.text();
    let sent = read(&page, "alluvium_forward_sent_points_total");
    let waiting = taken as f64 - sent;
    assert!(sent > 10.0 && waiting > 1.0 && taken < 100, "{sent} sent, {waiting} waiting");
    assert_eq!(read(&page, "alluvium_forward_given_up_points_total"), 0.0);
    // What is refused last goes to the one that is down, what is taken last to the other.
    assert!(statuses[80..].contains(&200) && statuses[80..].contains(&503), "{statuses:?}");
    gateway.stop().await;
    assert!(worker.stop().await.success());
    assert_eq!(sink.samples().len() as f64, sent);
}
