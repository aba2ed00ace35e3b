use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use budget::Budget;
use clock::{Clock, Hand, UnixNanos};
use delivery::{Attempt, DeliveryCounts, Destination, Outcome, Retry, Runner};
use streams::OutputStream;
use tokio::sync::watch;

use crate::remote_write::lanes::Lanes;
use crate::remote_write::pieces::SeriesPieces;
use crate::remote_write::request::WriteRequest;
use crate::remote_write::settings::Batching;

/// A back-end that nothing is sent to.
struct Nowhere;

impl Attempt for Nowhere {
    type Item = WriteRequest;
    type Pieces = SeriesPieces;
    type Error = Infallible;

    async fn attempt(&self, _: &WriteRequest) -> Outcome<Infallible> {
        Outcome::Delivered
    }
}

struct Rig {
    lanes: Lanes,
    budget: Budget,
    clock: Clock,
    hand: Hand,
    counts: Arc<DeliveryCounts>,
    /// They do not run; what is queued stays.
    _runners: Vec<Runner<Nowhere>>,
}

const WAIT: Duration = Duration::from_secs(1);

/// Lanes whose requests are closed at three samples, at 100 bytes and after a second.
fn rig(lanes: usize) -> Rig {
    let (clock, hand) = Clock::manual(UnixNanos(1_790_000_000_000_000_000));
    let counts: Arc<DeliveryCounts> = Arc::default();
    let destination = Arc::new(Destination {
        exporter: "test".into(),
        attempt: Nowhere,
        retry: Retry::default(),
        counts: Arc::clone(&counts),
        clock: clock.clone(),
        stopping: watch::channel(false).1,
    });
    let (queues, runners) = (0..lanes).map(|_| destination.lane()).unzip();
    let budget = Budget::new(1 << 20);
    let batch = Batching { samples: 3, most_samples: None, bytes: 100, wait: WAIT };
    let lanes = Lanes::new(queues, batch, budget.clone(), Arc::default());
    Rig { lanes, budget, clock, hand, counts, _runners: runners }
}

impl Rig {
    /// Appends a sample of so many bytes.
    fn append(&mut self, lane: usize, bytes: usize) {
        let open = &mut self.lanes.filling(lane).open;
        open.bytes.resize(open.bytes.len() + bytes, 7);
        open.contents.add_series();
        self.lanes.appended(lane, self.clock.moment());
    }

    /// Requests that were closed so far.
    fn closed(&self) -> usize {
        self.counts.waiting.load(Ordering::Relaxed)
    }
}

/// Scenario: samples for two lanes. Guarantee: each lane's request is closed at its own third sample, or hundredth byte, and
/// not by those of the other.
#[test]
fn each_lane_has_its_own_request() {
    let mut rig = rig(2);
    for lane in [0, 1, 0, 1] {
        rig.append(lane, 10);
    }
    assert_eq!(rig.closed(), 0);
    rig.append(1, 10);
    assert_eq!(rig.closed(), 1);
    rig.append(0, 79);
    assert_eq!((rig.closed(), rig.lanes.filling(0).open.contents.samples), (2, 0), "three samples");
    rig.append(0, 100);
    assert_eq!(rig.closed(), 3, "a hundred bytes");
}

/// Scenario: two lanes get their first sample at different times. Guarantee: each waits for its own second.
#[test]
fn each_lane_waits_for_itself() {
    let mut rig = rig(2);
    rig.append(0, 10);
    rig.hand.advance(WAIT / 2);
    rig.append(0, 10);
    rig.append(1, 10);
    rig.hand.advance(WAIT / 2);
    rig.lanes.close_old(rig.clock.moment());
    assert_eq!(
        (rig.closed(), rig.lanes.filling(0).open.contents.samples, rig.lanes.filling(1).open.contents.samples),
        (1, 0, 1)
    );
    rig.hand.advance(WAIT / 2);
    rig.lanes.close_old(rig.clock.moment());
    assert_eq!(rig.closed(), 2);
}

/// Scenario: open requests of two lanes. Guarantee: both are charged to the one queue.
#[test]
fn lanes_share_the_queue() {
    let mut rig = rig(2);
    rig.append(0, 10);
    rig.append(1, 20);
    rig.lanes.settle();
    assert_eq!(rig.budget.used(), 30);
}

/// Scenario: ten thousand series, and a stream that gets another of them. Guarantee: streams go where their labels say, all
/// lanes get their share, and where there is one lane nothing is remembered.
#[test]
fn labels_choose_the_lane() {
    const SERIES: u32 = 10_000;
    let mut lanes = rig(8).lanes;
    let mut streams = [0; 8];
    for number in 0..SERIES {
        let (stream, labels) = (OutputStream(number), format!("series {number}"));
        lanes.assign(stream, labels.as_bytes());
        streams[lanes.of_stream(stream)] += 1;
        assert_eq!(lanes.of_stream(stream), lanes.of_labels(labels.as_bytes()));
    }
    assert!(streams.iter().all(|&streams| streams > SERIES / 8 * 9 / 10), "{streams:?}");
    lanes.assign(OutputStream(0), b"series 5");
    assert_eq!(lanes.of_stream(OutputStream(0)), lanes.of_stream(OutputStream(5)));

    let mut single = rig(1).lanes;
    let before = single.memory();
    single.assign(OutputStream(SERIES), b"series");
    assert_eq!((single.of_stream(OutputStream(SERIES)), single.memory()), (0, before));
}

/// Scenario: a shard of as many lanes as there may be. Guarantee: before they are used they take less than 80 KiB.
#[test]
fn unused_lanes_are_cheap() {
    assert!(rig(crate::remote_write::settings::MOST_LANES).lanes.memory() < 80 << 10);
}
