//! The search alone, against receivers that take a request only if nothing in it is bad.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::Search;

/// What came of a search.
struct Found {
    requests: usize,
    taken: Vec<usize>,
    blamed: Vec<usize>,
}

/// Answers all requests of a search: `fate` says what becomes of one, by its pieces.
fn run(pieces: usize, mut fate: impl FnMut(Range<usize>) -> Fate) -> Found {
    let mut search = Search::new(pieces);
    let mut found = Found { requests: 0, taken: Vec::new(), blamed: Vec::new() };
    while let Some(sent) = search.next_request() {
        assert_eq!(search.sent(), sent);
        found.requests += 1;
        assert!(found.requests < 100 * pieces.max(10), "it does not end");
        match fate(sent.clone()) {
            Fate::Taken => {
                search.taken();
                found.taken.extend(sent);
            }
            Fate::Refused => found.blamed.extend(search.refused()),
            Fate::TooLarge => found.blamed.extend(search.too_large()),
            Fate::Failed => {
                search.halve();
            }
        }
    }
    found
}

enum Fate {
    Taken,
    Refused,
    TooLarge,
    Failed,
}

fn bad_among(bad: &BTreeSet<usize>, sent: Range<usize>) -> Fate {
    if bad.range(sent).next().is_some() { Fate::Refused } else { Fate::Taken }
}

fn scattered(random: &mut fastrand::Rng, pieces: usize, bad: usize) -> BTreeSet<usize> {
    let mut all: Vec<usize> = (0..pieces).collect();
    random.shuffle(&mut all);
    all.into_iter().take(bad).collect()
}

/// Any number of bad pieces, anywhere. Guarantee: exactly they are blamed, all others are taken once and in order, and no more
/// than 2k (log2(n/k) + 1) requests are made for k of n, beside the first.
#[test]
fn bad_pieces_are_found() {
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..3_000 {
        let pieces = if round < 600 { random.usize(0..=20) } else { random.usize(1..=2_500) };
        let most = if round % 3 == 0 { pieces } else { pieces.min(6) };
        let count = random.usize(0..=most);
        let bad = scattered(&mut random, pieces, count);
        let found = run(pieces, |sent| bad_among(&bad, sent));
        assert_eq!(found.blamed, bad.iter().copied().collect::<Vec<_>>());
        let good: Vec<usize> = (0..pieces).filter(|piece| !bad.contains(piece)).collect();
        assert_eq!(found.taken, good);
        let (k, n) = (bad.len() as f64, pieces as f64);
        let bound = if bad.is_empty() { 1.0 } else { 1.0 + 2.0 * k * ((n / k).log2().ceil() + 1.0) };
        assert!(found.requests as f64 <= bound, "{} requests for {k} of {n}", found.requests);
    }
}

/// Bad pieces of requests as they are sent, in a hundred ways each. Guarantee: about 2k log2(n/k) requests.
#[test]
fn searches_are_short() {
    let mut random = fastrand::Rng::with_seed(8);
    for pieces in [2_000, 8_192] {
        for count in [1, 3, 5, 50] {
            let most = (0..100).map(|_| {
                let bad = scattered(&mut random, pieces, count);
                run(pieces, |sent| bad_among(&bad, sent)).requests
            });
            let bound = 2.0 * count as f64 * ((pieces as f64 / count as f64).log2() + 1.0) + 1.0;
            let most = most.max().unwrap_or_default();
            assert!(most as f64 <= bound, "{most} requests for {count} of {pieces}, more than {bound}");
        }
    }
}

/// A receiver that is busy, or fails, at random. Guarantee: the same pieces are blamed, and no other piece is lost.
#[test]
fn failures_blame_nobody() {
    let mut random = fastrand::Rng::with_seed(9);
    for _ in 0..500 {
        let pieces = random.usize(1..=300);
        let count = random.usize(0..=pieces.min(9));
        let bad = scattered(&mut random, pieces, count);
        let mut luck = fastrand::Rng::with_seed(random.u64(..));
        let found = run(pieces, |sent| if luck.u8(..) < 80 { Fate::Failed } else { bad_among(&bad, sent) });
        assert_eq!(found.blamed, bad.iter().copied().collect::<Vec<_>>());
        assert_eq!(found.taken.len() + bad.len(), pieces);
        assert!(found.taken.is_sorted());
    }
}

/// A receiver that takes so many pieces at once, and no bad ones. Guarantee: it gets requests of that size, and is not asked
/// for more again and again.
#[test]
fn large_requests_are_cut() {
    let mut random = fastrand::Rng::with_seed(10);
    for _ in 0..500 {
        let (pieces, limit) = (random.usize(1..=3_000), random.usize(1..=500));
        let bad = scattered(&mut random, pieces, random_few(pieces));
        let mut refusals = 0;
        let found = run(pieces, |sent| {
            if sent.len() > limit {
                refusals += 1;
                return Fate::TooLarge;
            }
            bad_among(&bad, sent)
        });
        assert_eq!(found.blamed, bad.iter().copied().collect::<Vec<_>>());
        assert_eq!(found.taken.len() + bad.len(), pieces);
        assert!(refusals <= 12, "{refusals} times too large");
    }
    assert_eq!(run(1, |_| Fate::TooLarge).blamed, [0]);
}

fn random_few(pieces: usize) -> usize {
    pieces % 4
}

/// After failures requests grow again: a receiver that comes back after a long time gets a thousand pieces in a dozen requests.
#[test]
fn requests_grow_again() {
    let mut failures = 20;
    let found = run(1_000, |_| {
        failures -= i32::from(failures > 0);
        if failures > 0 { Fate::Failed } else { Fate::Taken }
    });
    assert_eq!(found.taken.len(), 1_000);
    assert!(found.requests <= 19 + 11, "{} requests", found.requests);
}

/// Pieces that are left out, and one that is taken out of turn. Guarantee: all others are sent.
#[test]
fn pieces_may_be_left_out() {
    let mut search = Search::of([2..5, 5..5, 7..9].into_iter());
    assert_eq!(search.rest().collect::<Vec<_>>(), [2, 3, 4, 7, 8]);
    assert_eq!(search.next_request(), Some(2..5));
    search.remove(3);
    assert_eq!(search.next_request(), Some(2..3));
    search.taken();
    assert_eq!(search.next_request(), Some(4..5));
    assert_eq!(search.skip(), Some(4));
    assert_eq!(search.next_request(), Some(7..9));
    search.taken();
    assert_eq!(search.next_request(), None);
}
