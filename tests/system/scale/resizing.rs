//! Workers come and go while streams flow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use super::tiers::{Tiers, assert_true};
use crate::alluvium::generate;
use crate::truth::Truth;

/// Twelve streams each.
const SESSIONS: usize = 200;
const ROUNDS: usize = 4;

/// Scenario: three workers, then five, then two, under load; who leaves is stopped in the moment in which its record goes.
/// Guarantee: no point is lost or doubled: the last values of all workers together are what was sent, no sender is refused, and nothing
/// is out of order.
#[tokio::test(flavor = "multi_thread")]
async fn workers_come_and_go_under_load() {
    let Some(mut tiers) = Tiers::start(&[1, 2, 3]).await else { return };
    let is_over = Arc::new(AtomicBool::new(false));
    let (counter, mut runs) = watch::channel(0);
    let load = tokio::spawn(load(tiers.front.address.clone(), Arc::clone(&is_over), counter));
    for number in [1, 2, 3] {
        tiers.has_points(number).await;
    }
    for number in [4, 5] {
        tiers.add(number, &format!("w{number}")).await;
    }
    tiers.list(&[1, 2, 3, 4, 5]).await;
    tiers.are_listed(5).await;
    for number in [4, 5] {
        tiers.has_points(number).await;
    }
    tiers.list(&[2, 4]).await;
    let [one, three, five] = [1, 3, 5].map(|number| tiers.workers.remove(&number).expect("it runs"));
    let (one, three, five) = tokio::join!(one.stop(), three.stop(), five.stop());
    assert!(one.success() && three.success() && five.success());
    tiers.are_listed(2).await;
    // A whole run to those that are left.
    let begun = *runs.borrow();
    runs.wait_for(|runs| *runs > begun + 1).await.expect("the load goes on");
    is_over.store(true, Ordering::Relaxed);
    let truth = load.await.expect("the load");
    tiers.are_drained(None).await;
    tiers.assert_nothing_dropped().await;
    let points = (*runs.borrow() * SESSIONS * 12 * ROUNDS) as f64;
    for (name, expected) in [("sent", points), ("refused", 0.0), ("given_up", 0.0)] {
        assert_eq!(tiers.of_gateways(&format!("alluvium_forward_{name}_points_total")).await, expected, "{name}");
    }
    assert_eq!(tiers.of_gateways("alluvium_pipeline_refused_requests_total").await, 0.0);
    let rerouted = tiers.of_gateways("alluvium_forward_rerouted_points_total").await;
    println!("{rerouted} of {points} points went to other workers when theirs had left");
    let prometheus = tiers.stop().await;
    assert_true(&prometheus, &truth).await;
    let workers =
        prometheus.query("count by (worker) (last_over_time(claude_code_cost_usage_USD_total[1h]))", "worker");
    assert_eq!(workers.await.keys().collect::<Vec<_>>(), ["w1", "w2", "w3", "w4", "w5"]);
}

/// The same sessions again and again, until it is over; each time counts.
async fn load(address: String, is_over: Arc<AtomicBool>, runs: watch::Sender<usize>) -> Truth {
    let (sessions, rounds) = (SESSIONS.to_string(), ROUNDS.to_string());
    let mut truth = Truth::default();
    while !is_over.load(Ordering::Relaxed) {
        let load = ["--sessions", &sessions, "--rounds", &rounds, "--interval", "1s", "--rate", "4000"];
        truth = truth.and(generate(&address, &load).await);
        runs.send_modify(|runs| *runs += 1);
    }
    truth
}
