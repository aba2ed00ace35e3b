use clock::UnixNanos;

use crate::debug::Sampling;

const SECOND: u64 = 1_000_000_000;

/// Which of so many batches in one second are shown.
fn shown(mut sampling: Sampling, batches: usize) -> Vec<usize> {
    (1..=batches).filter(|_| sampling.takes(UnixNanos(7 * SECOND))).collect()
}

/// The Collector's `sampling_initial` and `sampling_thereafter`: the first two, then each third.
#[test]
fn the_first_and_each_so_many_th() {
    assert_eq!(shown(Sampling::new(2, 3), 9), [1, 2, 5, 8]);
    assert_eq!(shown(Sampling::new(2, 0), 9), [1, 2]);
    assert_eq!(shown(Sampling::new(0, 4), 9), [4, 8]);
    assert_eq!(shown(Sampling::default(), 4), [1, 2, 3, 4]);
}

/// Each second begins anew.
#[test]
fn seconds_are_counted_apart() {
    let mut sampling = Sampling::new(1, 0);
    let times = [SECOND, SECOND + 1, 2 * SECOND, 2 * SECOND + 1];
    assert_eq!(times.map(|time| sampling.takes(UnixNanos(time))), [true, false, true, false]);
}
