//! Batches, and where they are cut.

use clock::Clock;
use clock::UnixNanos;
use delivery::Pieces as _;

use super::rig::{request, times};
use crate::batch::{Batch, OpenBatch};

/// Scenario: requests are taken out of a batch, and put together again. Guarantee: every cut is where a request ends, and
/// nothing is lost, whatever the requests' sizes.
#[test]
fn parts() {
    let (clock, _hand) = Clock::manual(UnixNanos(1));
    for sizes in [vec![1], vec![1, 1], vec![5, 0, 3], vec![2; 30], vec![1, 5_000, 1, 1, 20_000, 3]] {
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
        for from in 0..sizes.len() {
            for to in from + 1..=sizes.len() {
                let part = batch.item(from..to);
                assert_eq!(times(&part.contiguous()), expected[from..to].concat(), "{from}..{to}");
                assert_eq!(delivery::Item::points(&part), sizes[from..to].iter().sum::<usize>());
                let alone: Vec<Batch> = (0..part.count()).map(|request| part.single(request)).collect();
                assert_eq!(Batch::join(alone).map(|joined| joined.contiguous()), Some(part.contiguous()));
            }
        }
    }
}
