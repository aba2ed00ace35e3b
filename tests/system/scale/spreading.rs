//! Many streams over workers that stay.

use super::tiers::{Tiers, assert_true};
use crate::alluvium::generate;
use crate::totals::METRICS;

/// Twelve streams each.
const SESSIONS: usize = 1_667;
const ROUNDS: usize = 3;

/// Scenario: 20,000 streams, each request to the next of two gateways, three workers behind a name. Guarantee: Prometheus has the
/// totals exactly; each series is written by one worker, and all three write some; counters of both tiers say what was sent.
#[tokio::test(flavor = "multi_thread")]
async fn each_series_has_one_worker() {
    let Some(tiers) = Tiers::start(&[1, 2, 3]).await else { return };
    let (sessions, rounds) = (SESSIONS.to_string(), ROUNDS.to_string());
    let load =
        ["--sessions", &sessions, "--rounds", &rounds, "--interval", "1s", "--sessions-per-request", "4", "--gzip"];
    let truth = generate(&tiers.front.address, &load).await;
    tiers.are_drained(None).await;
    let points = (SESSIONS * 12 * ROUNDS) as f64;
    assert_eq!(tiers.of_gateways("alluvium_forward_sent_points_total").await, points);
    for name in ["refused", "rejected", "given_up", "rerouted"] {
        assert_eq!(tiers.of_gateways(&format!("alluvium_forward_{name}_points_total")).await, 0.0, "{name}");
    }
    for gateway in &tiers.gateways {
        let page = crate::raw::get(&gateway.own, "/metrics").await.text();
        assert!(crate::gateway::read(&page, "alluvium_forward_sent_points_total") > 0.3 * points, "both have a part");
    }
    tiers.assert_nothing_dropped().await;
    let prometheus = tiers.stop().await;
    assert_true(&prometheus, &truth).await;
    let mut series = 0.0;
    for (_, name) in METRICS {
        let shared = format!("count without (worker) (last_over_time({name}[1h])) > 1");
        assert_eq!(prometheus.series(&shared).await, [], "{name} has two writers");
        let workers = prometheus.query(&format!("count by (worker) (last_over_time({name}[1h]))"), "worker").await;
        assert_eq!(workers.keys().collect::<Vec<_>>(), ["w1", "w2", "w3"], "{name}");
        series += workers.values().sum::<f64>();
    }
    assert_eq!(series, (SESSIONS * 12) as f64);
}
