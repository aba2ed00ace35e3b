//! Batches, and where they are cut.

use clock::Clock;
use clock::UnixNanos;

use super::rig::{request, times};
use crate::batch::OpenBatch;

/// Scenario: a batch of many requests is cut in halves, and these again. Guarantee: every cut is where a request ends, and
/// nothing is lost, whatever the requests' sizes.
#[test]
fn halves() {
    let (clock, _hand) = Clock::manual(UnixNanos(1));
    for sizes in [vec![1], vec![1, 1], vec![5, 0, 3], vec![2; 100], vec![1, 5_000, 1, 1, 20_000, 3]] {
        let mut open = OpenBatch::default();
        let mut expected = Vec::new();
        for (number, size) in sizes.iter().enumerate() {
            let all = vec![number as u64 + 1; *size];
            let bytes = request(&all);
            open.append(bytes.len(), *size, clock.moment(), |out| out.extend_from_slice(&bytes));
            expected.push(all);
        }
        let (bytes, points) = (open.bytes(), open.points());
        let batch = open.close();
        assert!(open.is_empty());
        assert_eq!((batch.bytes(), delivery::Item::points(&batch)), (bytes, points));
        assert_eq!(times(&batch.contiguous()), expected.concat());
        let mut alone = Vec::new();
        let mut untried = vec![batch];
        while let Some(batch) = untried.pop() {
            match batch.halves() {
                Some((first, second)) => untried.extend([second, first]),
                None => alone.push(times(&batch.contiguous())),
            }
        }
        assert_eq!(alone, expected);
    }
}
