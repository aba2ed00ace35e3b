//! The resolver `static`.

use clock::{Clock, UnixNanos};

use super::suite::members;
use crate::settings::Settings;

/// Scenario: a list that is not sorted and has a member twice. Guarantee: it is told once, sorted, and as it is written: the
/// Collector has a member twice as well.
#[tokio::test]
async fn a_list_is_told_once() {
    let hostnames = ["worker-2", "worker-1:4317", "worker-2"].map(str::to_owned).to_vec();
    let (clock, _) = Clock::manual(UnixNanos(1));
    let mut watch = Settings::Static { hostnames }.build("load_balancing", &clock).expect("a resolver").watch();
    assert_eq!(watch.changed().await, members(&["worker-1:4317", "worker-2", "worker-2"]));
    assert_eq!(watch.counts().backends.load(std::sync::atomic::Ordering::Relaxed), 3);
}
