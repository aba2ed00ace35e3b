use clock::UnixNanos;
use proptest::prelude::*;

use crate::dedup::{Dedup, PointFingerprint, Seen, Window};

const SECOND: u64 = 1_000_000_000;
const BEGIN: u64 = 1_790_000_000 * SECOND;
/// After all times of these tests.
const NOW: u64 = BEGIN + 1_000_000 * SECOND;

fn sent(time: u64, value: u64) -> PointFingerprint {
    fingerprint(time.saturating_sub(60 * SECOND), time, 2, value, NOW)
}

fn fingerprint(start: u64, time: u64, kind: u8, value: u64, now: u64) -> PointFingerprint {
    PointFingerprint::new(UnixNanos(start), UnixNanos(time), kind, value, UnixNanos(now))
}

/// Any number, and often one at an end of its range.
fn edge() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), 0..3_u64, Just(u64::MAX), Just(u64::MAX - 1), BEGIN..BEGIN + 400 * SECOND]
}

struct Stream {
    dedup: Dedup,
    window: Window,
}

impl Stream {
    fn new() -> Self {
        Self { dedup: Dedup::default(), window: Window::default() }
    }

    /// Judges a point and, as the host does, remembers it unless it is a re-send.
    fn arrive(&mut self, point: PointFingerprint) -> Seen {
        let verdict = self.dedup.check(self.window, point);
        if verdict != Seen::Duplicate {
            self.dedup.remember(&mut self.window, point).expect("memory");
        }
        verdict
    }
}

/// A request that comes twice, at once or behind newer ones.
#[test]
fn resends_are_recognised() {
    let mut stream = Stream::new();
    for minute in 0..6 {
        let point = sent(BEGIN + minute * 60 * SECOND, minute);
        assert_eq!(stream.arrive(point), Seen::New);
        assert_eq!(stream.arrive(point), Seen::Duplicate);
    }
    for minute in 2..6 {
        assert_eq!(stream.arrive(sent(BEGIN + minute * 60 * SECOND, minute)), Seen::Duplicate);
    }
}

/// A point that differs in anything is new, however late.
#[test]
fn late_points_are_new() {
    let mut stream = Stream::new();
    stream.arrive(sent(BEGIN + 100 * SECOND, 1));
    for other in [
        sent(BEGIN + 50 * SECOND, 1),
        sent(BEGIN + 100 * SECOND + 1, 1),
        sent(BEGIN + 100 * SECOND, 2),
        fingerprint(BEGIN, BEGIN + 100 * SECOND, 2, 1, NOW),
        fingerprint(BEGIN + 40 * SECOND, BEGIN + 100 * SECOND, 1, 1, NOW),
    ] {
        assert_eq!(stream.arrive(other), Seen::New);
    }
}

/// What is older than five minutes cannot be judged.
#[test]
fn older_than_the_window() {
    let mut stream = Stream::new();
    stream.arrive(sent(BEGIN, 1));
    stream.arrive(sent(BEGIN + 299 * SECOND, 2));
    assert_eq!(stream.arrive(sent(BEGIN, 1)), Seen::Duplicate);
    stream.arrive(sent(BEGIN + 600 * SECOND, 3));
    assert_eq!(stream.arrive(sent(BEGIN + 300 * SECOND, 4)), Seen::TooOld);
    assert_eq!(stream.arrive(sent(BEGIN + 301 * SECOND, 5)), Seen::New);
}

/// The window is bounded: 35 points. A stream that sends faster than each 9 s has a shorter one, and says so.
#[test]
fn memory_is_bounded() {
    let mut stream = Stream::new();
    for second in 0..10_000 {
        assert_eq!(stream.arrive(sent(BEGIN + second * SECOND, second)), Seen::New);
    }
    assert_eq!(stream.dedup.memory(), 7 * 64);
    assert_eq!(stream.arrive(sent(BEGIN + 9_999 * SECOND, 9_999)), Seen::Duplicate);
    assert_eq!(stream.arrive(sent(BEGIN + 9_965 * SECOND, 9_965)), Seen::Duplicate);
    assert_eq!(stream.arrive(sent(BEGIN + 9_964 * SECOND, 9_964)), Seen::TooOld);
}

/// A point older than all of a full window leaves the window as it is: all that was in it is still recognised.
#[test]
fn a_late_point_pushes_nothing_out() {
    let mut stream = Stream::new();
    for second in 1..=35 {
        stream.arrive(sent(BEGIN + second * SECOND, second));
    }
    assert_eq!(stream.arrive(sent(BEGIN, 0)), Seen::TooOld);
    for second in 1..=35 {
        assert_eq!(stream.arrive(sent(BEGIN + second * SECOND, second)), Seen::Duplicate);
    }
}

/// A sender whose clock is an hour ahead shortens no window: what it sent is recognised, and so is what others send.
#[test]
fn the_future_is_now() {
    let mut stream = Stream::new();
    let ahead = fingerprint(0, NOW + 3_600 * SECOND, 1, 1, NOW);
    assert_eq!(stream.arrive(ahead), Seen::New);
    for second in 0..10 {
        assert_eq!(stream.arrive(sent(NOW - second * SECOND, second)), Seen::New);
        assert_eq!(stream.arrive(sent(NOW - second * SECOND, second)), Seen::Duplicate);
    }
    // The same bytes, a little later.
    assert_eq!(stream.arrive(fingerprint(0, NOW + 3_600 * SECOND, 1, 1, NOW + 9 * SECOND)), Seen::Duplicate);
}

/// At Claude Code's interval of 60 s one cache line is enough for ever.
#[test]
fn one_line_at_sixty_seconds() {
    let mut stream = Stream::new();
    for minute in 0..1_000 {
        stream.arrive(sent(BEGIN + minute * 60 * SECOND, minute));
    }
    assert_eq!(stream.dedup.memory(), 64);
}

/// Memory of forgotten streams is used again.
#[test]
fn forgetting_frees() {
    let mut dedup = Dedup::default();
    for round in 0..100 {
        let mut window = Window::default();
        for second in 0..40 {
            dedup.remember(&mut window, sent(BEGIN + second * SECOND, round)).expect("memory");
        }
        dedup.forget(&mut window);
        assert_eq!(window, Window::default());
    }
    assert_eq!(dedup.memory(), 7 * 64);
}

/// What has no time is not judged: it is always new, and takes no place in the window.
#[test]
fn no_time_no_verdict() {
    let mut stream = Stream::new();
    for start in [0, BEGIN] {
        for _ in 0..100 {
            assert_eq!(stream.arrive(fingerprint(start, 0, 2, 1, NOW)), Seen::New);
        }
    }
    assert_eq!(stream.window, Window::default());
}

proptest! {
    /// Within the window nothing is forgotten and nothing is invented.
    #[test]
    fn is_a_set_within_the_window(points in prop::collection::vec((0_u64..290, 0_u64..3), 0..34)) {
        let mut stream = Stream::new();
        let mut model = std::collections::HashSet::new();
        for (second, value) in points {
            let verdict = stream.arrive(sent(BEGIN + second * SECOND, value));
            let expected = if model.insert((second, value)) { Seen::New } else { Seen::Duplicate };
            prop_assert_eq!(verdict, expected);
        }
    }

    /// Any times at all, the edges among them: no panic, and an immediate re-send is taken for new only if it has no time.
    #[test]
    fn any_times(points in prop::collection::vec((edge(), edge(), edge()), 1..60), now in edge()) {
        let mut stream = Stream::new();
        for (start, time, value) in points {
            let point = fingerprint(start, time, 1, value, now);
            stream.arrive(point);
            prop_assert_eq!(stream.arrive(point) == Seen::New, time == 0);
        }
    }
}
