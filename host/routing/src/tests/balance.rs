//! Shares of the balanced ring, and what moves in it.

use crate::profile::RingGeneration::Balanced;
use crate::{Position, Ring};

/// Keys of each test.
const KEYS: u32 = 100_000;

fn ring(workers: usize) -> Ring {
    Ring::new(Balanced, (0..workers).map(|worker| format!("10.0.{}.{}:4317", worker % 3, worker * 5 % 256)))
}

fn positions() -> impl Iterator<Item = Position> {
    (0..KEYS).map(|key| Position::of(format!("stream/{key:x}").as_bytes()))
}

/// Scenario: many streams, and lists of one to 200 workers. Guarantee: no worker has a share that differs from the fair one
/// by more than places and chance explain: a hundredth, and five standard deviations of so many keys.
#[test]
fn shares_are_even() {
    for workers in [1, 2, 3, 5, 10, 50, 200] {
        let ring = ring(workers);
        let mut shares = vec![0_u32; workers];
        positions().for_each(|position| shares[ring.member(position).expect("a member")] += 1);
        let fair = f64::from(KEYS) / workers as f64;
        let bound = 0.011 * fair + 5.0 * fair.sqrt() + f64::from(KEYS) / 65_536.0;
        // Who comes late in the order of places has what the others leave: up to a twentieth less.
        let low = fair * 0.95 - bound;
        for share in shares.into_iter().map(f64::from) {
            assert!(share <= fair + bound && share >= low, "{share} of {fair} among {workers}");
        }
    }
}

/// Scenario: a worker comes, or goes. Guarantee: of the keys that stay in the list hardly any changes its worker.
#[test]
fn little_moves_that_need_not_move() {
    for workers in [3, 10, 50] {
        let (few, more) = (ring(workers), ring(workers + 1));
        let name = |ring: &Ring, position| ring.members()[ring.member(position).expect("a member")].to_string();
        let added = more.members().iter().find(|name| !few.members().contains(name)).expect("the new one").to_string();
        let needless = positions()
            .filter(|position| {
                let (before, after) = (name(&few, *position), name(&more, *position));
                before != after && after != added
            })
            .count();
        assert!(needless < KEYS as usize / 100, "{needless} of {KEYS} among {workers}");
    }
}
