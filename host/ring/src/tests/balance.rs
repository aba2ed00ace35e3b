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

/// Scenario: very many positions, and lists of one to 200 workers. Guarantee: no worker has more than the fair share and what
/// the bound and chance explain: a hundredth, a place, and five standard deviations of so many positions.
#[test]
fn shares_are_even() {
    const POSITIONS: u32 = 1 << 20;
    for workers in [1, 2, 3, 5, 10, 50, 200] {
        let ring = ring(workers);
        let mut shares = vec![0_u32; workers];
        // An odd factor leaves each of them once, all over the range.
        let spread = (0..POSITIONS).map(|number| Position(number.wrapping_mul(0x9E37_79B1)));
        spread.for_each(|position| shares[ring.member(position).expect("a member")] += 1);
        let fair = f64::from(POSITIONS) / workers as f64;
        let place = f64::from(POSITIONS) / 65_536.0;
        let chance = 5.0 * fair.sqrt() + 2.0 * place;
        for share in shares.into_iter().map(f64::from) {
            // Those for whom little is left have up to an eighth less.
            assert!(
                share <= 1.01 * fair + chance && share >= 0.875 * fair - chance,
                "{share} of {fair} among {workers}"
            );
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
