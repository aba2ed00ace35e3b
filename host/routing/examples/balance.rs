//! Prints how evenly rings spread keys over workers, and how many keys move when the list changes: the tables of
//! `docs/gateway.md`.
//!
//! `cargo run -p routing --example balance`

use routing::profile::RingGeneration::{self, A, B, Balanced, C};
use routing::{Position, Ring};

/// Keys that are spread: as many streams as a busy gateway has.
const KEYS: u32 = 200_000;

fn main() {
    println!("| workers | ring | least | most | moved when one comes | moved when one goes |");
    println!("|---|---|---|---|---|---|");
    let positions = positions();
    for workers in [3, 10, 50] {
        for (name, generation) in [("A", A), ("B", B), ("C", C), ("balanced", Balanced)] {
            let ring = of(generation, workers);
            let shares = shares(&ring, &positions);
            let fair = f64::from(KEYS) / f64::from(workers);
            let least = shares.iter().min().copied().unwrap_or_default();
            let most = shares.iter().max().copied().unwrap_or_default();
            println!(
                "| {workers} | {name} | {:.2} | {:.2} | {:.1} % ({:.1} %) | {:.1} % ({:.1} %) |",
                f64::from(least) / fair,
                f64::from(most) / fair,
                moved(&ring, &of(generation, workers + 1), &positions),
                100.0 / f64::from(workers + 1),
                moved(&ring, &of(generation, workers - 1), &positions),
                100.0 / f64::from(workers),
            );
        }
    }
}

/// Of made-up streams.
fn positions() -> Vec<Position> {
    (0..KEYS)
        .map(|key| Position::of(format!("stream/{:x}", u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15)).as_bytes()))
        .collect()
}

/// Addresses as a private network gives them out.
fn of(generation: RingGeneration, workers: u32) -> Ring {
    Ring::new(generation, (0..workers).map(|worker| format!("10.0.{}.{}:4317", worker % 4, 17 + worker * 5)))
}

fn shares(ring: &Ring, positions: &[Position]) -> Vec<u32> {
    let mut shares = vec![0; ring.members().len()];
    for member in positions.iter().filter_map(|position| ring.member(*position)) {
        shares[member] += 1;
    }
    shares
}

/// Keys that have another member, per cent.
fn moved(one: &Ring, other: &Ring, positions: &[Position]) -> f64 {
    let name =
        |ring: &Ring, position: &Position| ring.member(*position).map(|member| ring.members()[member].to_string());
    let moved = positions.iter().filter(|position| name(one, position) != name(other, position)).count();
    100.0 * moved as f64 / f64::from(KEYS)
}
