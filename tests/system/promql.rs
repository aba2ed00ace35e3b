//! What the PromQL of dashboards says of short sessions is what the sessions did.
//!
//! All counters of Claude Code, from sessions of all lengths: some send one point, some have two processes or stop for a while.
//! Each export goes to two workers; one of them is stopped and replaced in mid-session. Both write to a Prometheus that takes
//! what is out of order and to one that does not, with and without what makes counters truthful. The test prints what
//! `increase()` makes of each.
//!
//! The short form is scaled down. In real time, ten minutes:
//! `cargo test --test system -- --ignored --nocapture promql_is_true_in_real_time`.

mod expected;
mod sessions;
mod table;
mod workers;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::RwLock;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::alluvium::PATIENCE;
use crate::prometheus::Prometheus;
use expected::Expected;
use sessions::Process;
use table::Table;
use workers::{WORKERS, Workers};

/// Claude Code's counters, as Prometheus calls them.
pub const METRICS: [(&str, &str); 8] = [
    ("claude_code.session.count", "claude_code_session_count_total"),
    ("claude_code.lines_of_code.count", "claude_code_lines_of_code_count_total"),
    ("claude_code.pull_request.count", "claude_code_pull_request_count_total"),
    ("claude_code.commit.count", "claude_code_commit_count_total"),
    ("claude_code.cost.usage", "claude_code_cost_usage_USD_total"),
    ("claude_code.token.usage", "claude_code_token_usage_tokens_total"),
    ("claude_code.code_edit_tool.decision", "claude_code_code_edit_tool_decision_total"),
    ("claude_code.active_time.total", "claude_code_active_time_seconds_total"),
];

/// As far as `increase()` may be from the truth.
const TOLERANCE: f64 = 0.01;

/// How fast everything goes.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Ten minutes, as it were.
    pub whole: Duration,
    /// Time between two exports of a process, and between repeats.
    pub interval: Duration,
    pub sessions: usize,
}

/// What senders and the test share. Who holds it for writing holds all exports back.
pub struct Play {
    pub workers: RwLock<Workers>,
    pub expected: Expected,
}

#[tokio::test(flavor = "multi_thread")]
async fn promql_is_true() {
    let (whole, interval) = (Duration::from_secs(30), Duration::from_secs(3));
    run(Scale { whole, interval, sessions: 60 }).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes ten minutes"]
async fn promql_is_true_in_real_time() {
    let (whole, interval) = (Duration::from_secs(600), Duration::from_secs(60));
    run(Scale { whole, interval, sessions: 120 }).await;
}

async fn run(scale: Scale) {
    let window = "storage: {tsdb: {out_of_order_time_window: 10m}}";
    let (strict, lenient) = tokio::join!(Prometheus::start(&[]), Prometheus::start_with(&[], window));
    let back_ends = [("strict", strict), ("window", lenient)];
    let workers = Workers::start(&back_ends, scale).await;
    let play = Arc::new(Play { workers: RwLock::new(workers), expected: Expected::default() });
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for process in Process::all(scale) {
        running.spawn(process.run(begun, Arc::clone(&play)));
    }
    // While sessions live: before a worker is replaced, and when it has been.
    sleep_until(begun + scale.whole / 3).await;
    check(&play, &back_ends, "a third of the sessions").await;
    sleep_until(begun + scale.whole / 2).await;
    play.workers.write().await.replace(&back_ends, scale, &play.expected).await;
    sleep_until(begun + scale.whole * 3 / 4).await;
    check(&play, &back_ends, "after a worker was replaced").await;
    while let Some(ended) = running.join_next().await {
        ended.expect("a process of a session");
    }
    check(&play, &back_ends, "at the end").await;
    assert!(METRICS.iter().all(|(metric, _)| play.expected.total(metric) > 0.0), "all counters have counted");
}

/// Holds all exports back until what was exported has arrived, and compares.
async fn check(play: &Play, back_ends: &[(&'static str, Prometheus)], when: &str) {
    let _held_back = play.workers.write().await;
    let mut table = Table::default();
    for (back_end, prometheus) in back_ends {
        for worker in WORKERS {
            for zeros in ["yes", "no"] {
                let selector = format!("{{worker=\"{worker}\",zeros=\"{zeros}\"}}");
                arrived(play, prometheus, worker, &selector).await;
                for (metric, name) in METRICS {
                    let query = format!("sum(increase({name}{selector}[1h]))");
                    let found = prometheus.query(&query, "").await.into_values().next().unwrap_or_default();
                    table.add(metric, play.expected.total(metric), (back_end, worker, zeros), found);
                }
            }
        }
    }
    println!("{when}:\n{table}");
    table.assert_true("yes", TOLERANCE);
    // Or there would be no need for it.
    table.assert_false("no", 0.5);
}

/// Waits until the newest totals of a worker have arrived; they are exact.
async fn arrived(play: &Play, prometheus: &Prometheus, worker: &'static str, selector: &str) {
    let begun = Instant::now();
    for (metric, name) in METRICS {
        let query = format!("sum by (session_id) (last_over_time({name}{selector}[1h]))");
        let expected = play.expected.newest(worker, metric);
        loop {
            let found = prometheus.query(&query, "session_id").await;
            if found == expected {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{query}: {found:?}, and expected was {expected:?}");
            sleep(Duration::from_millis(100)).await;
        }
    }
}
