//! Workers that stand still, and workers that die.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use super::tiers::Tiers;
use crate::alluvium::PATIENCE;
use crate::prometheus::Prometheus;
use crate::raw;
use crate::support::otlp::{SECOND, point, request};

/// Streams of a request.
const STREAMS: usize = 100;

/// Scenario: one of three workers stands still while streams flow, for longer than attempts take, and goes on. Guarantee: all is
/// accepted; the others have their shares meanwhile; in the end all workers have theirs, and nothing is counted twice.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_share_of_a_paused_worker_waits() {
    let Some(tiers) = Tiers::start(&[1, 2, 3]).await else { return };
    let mut taken = send(&tiers.front.address, 5).await;
    tiers.are_drained(None).await;
    tiers.workers[&2].tell("STOP").await;
    let paused = tiers.address(2);
    let before = tiers.of_gateways_to("alluvium_forward_sent_points_total", &paused).await;
    // Two attempts of each gateway, at least.
    while tiers.of_gateways_to("alluvium_forward_retries_total", &paused).await < 4.0 {
        taken += send(&tiers.front.address, 2).await;
    }
    tiers.are_drained(Some(2)).await;
    let sent = tiers.of_gateways("alluvium_forward_sent_points_total").await;
    assert_eq!(tiers.of_gateways_to("alluvium_forward_sent_points_total", &paused).await, before);
    assert!(sent < taken && tiers.of_gateways_to("alluvium_forward_queue_bytes", &paused).await > 0.0);
    for number in [1, 3] {
        has_written(&tiers, number).await;
    }
    tiers.workers[&2].tell("CONT").await;
    tiers.are_drained(None).await;
    assert_eq!(tiers.of_gateways("alluvium_forward_sent_points_total").await, taken);
    for number in [1, 2, 3] {
        has_written(&tiers, number).await;
    }
    tiers.assert_nothing_dropped().await;
    let prometheus = tiers.stop().await;
    assert_eq!(written(&prometheus, "").await, taken);
}

/// Scenario: one of three workers is killed while streams flow, and another takes its address later. Guarantee: the others lose
/// nothing and count nothing twice; what waited goes to the new one; missing is what the gateways had been told that the killed
/// one has taken, less what it had written.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_loses_what_it_had_not_written() {
    let Some(mut tiers) = Tiers::start(&[1, 2, 3]).await else { return };
    let is_over = Arc::new(AtomicBool::new(false));
    let (address, over) = (tiers.front.address.clone(), Arc::clone(&is_over));
    let load = tokio::spawn(async move {
        let mut taken = 0.0;
        while !over.load(Ordering::Relaxed) {
            taken += send(&address, 1).await;
        }
        taken
    });
    let killed = tiers.address(3);
    // So that there is something to lose: it has written before, and has taken more since.
    until(|| async {
        let written = written(&tiers.prometheus, "{worker=\"w3\"}").await;
        written > 0.0 && tiers.of_gateways_to("alluvium_forward_sent_points_total", &killed).await > written
    })
    .await;
    let status = tiers.workers.remove(&3).expect("it runs").signal("KILL").await.0;
    assert!(!status.success());
    // Each gateway has tried in vain.
    until(|| async { tiers.of_gateways_to("alluvium_forward_retries_total", &killed).await >= 4.0 }).await;
    is_over.store(true, Ordering::Relaxed);
    let taken = load.await.expect("the load");
    tiers.are_drained(Some(3)).await;
    let acknowledged = tiers.of_gateways_to("alluvium_forward_sent_points_total", &killed).await;
    assert!(tiers.of_gateways_to("alluvium_forward_queue_bytes", &killed).await > 0.0);
    tiers.add(3, "w3-again").await;
    tiers.are_drained(None).await;
    for (name, expected) in [("sent", taken), ("refused", 0.0), ("given_up", 0.0), ("rerouted", 0.0)] {
        assert_eq!(tiers.of_gateways(&format!("alluvium_forward_{name}_points_total")).await, expected, "{name}");
    }
    tiers.assert_nothing_dropped().await;
    let prometheus = tiers.stop().await;
    assert_eq!(written(&prometheus, "{worker!=\"w3\"}").await, taken - acknowledged);
    let before = written(&prometheus, "{worker=\"w3\"}").await;
    println!("of {taken} points the killed worker had {acknowledged}, of which it had written {before}");
    assert!(before > 0.0 && written(&prometheus, "{worker=\"w3-again\"}").await > 0.0);
}

/// Sends so many requests, a point of value 1 of each stream in each of them, and counts the points: all are taken.
async fn send(address: &str, requests: usize) -> f64 {
    for _ in 0..requests {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_nanos() as u64;
        let points = (0..STREAMS).map(|stream| point(&format!("s{stream}"), now - SECOND, now, 1));
        assert_eq!(raw::post(address, &[], request(points.collect())).await.status, 200);
    }
    (requests * STREAMS) as f64
}

/// The points whose totals Prometheus has: each has added 1.
async fn written(prometheus: &Prometheus, selector: &str) -> f64 {
    let query = format!("sum(last_over_time(requests_total{selector}[1h]))");
    prometheus.query(&query, "").await.into_values().next().unwrap_or_default()
}

/// Waits until Prometheus has from a worker what gateways have sent to it.
async fn has_written(tiers: &Tiers, number: u8) {
    let sent = tiers.of_gateways_to("alluvium_forward_sent_points_total", &tiers.address(number)).await;
    let selector = format!("{{worker=\"w{number}\"}}");
    until(|| async { written(&tiers.prometheus, &selector).await >= sent }).await;
    assert_eq!(written(&tiers.prometheus, &selector).await, sent, "worker {number}");
}

/// Waits until something is so; nobody tells when it is.
async fn until<F: Future<Output = bool>>(is_so: impl Fn() -> F) {
    let waited = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.expect("it comes to that");
}
