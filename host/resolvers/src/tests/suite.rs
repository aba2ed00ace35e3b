//! What holds of every resolver that asks somebody.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::{Members, Watch};

/// A test that waits for so long waits for nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a test has its server answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// These addresses, in this order.
    Addresses(Vec<String>),
    /// None.
    Nothing,
    /// An error.
    Error,
}

impl Said {
    pub fn addresses(addresses: &[&str]) -> Self {
        Self::Addresses(addresses.iter().map(|address| (*address).to_owned()).collect())
    }
}

/// A resolver and its server.
pub trait World {
    /// Has the server answer that from now on, and returns when it has.
    fn say(&mut self, said: Said) -> impl Future<Output = ()>;

    fn watch(&mut self) -> &mut Watch;
}

/// How many answers there were, good or bad.
pub fn answers(watch: &Watch) -> u64 {
    let counts = watch.counts();
    counts.resolved.load(Ordering::Relaxed) + counts.failed.load(Ordering::Relaxed)
}

/// Waits until there were more answers than `before`.
pub async fn answered(watch: &Watch, before: u64) {
    let more = async {
        while answers(watch) <= before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, more).await.expect("an answer");
}

/// The next list that differs.
pub async fn changed(world: &mut impl World) -> Members {
    tokio::time::timeout(PATIENCE, world.watch().changed()).await.expect("another list")
}

pub fn members(names: &[&str]) -> Members {
    Members::new(names.iter().copied())
}

/// Scenario: a list; then an error, nothing, the same list in another order; then another list. Guarantee: two lists are
/// told, sorted, and nothing in between.
pub async fn what_is_not_news_is_not_told(world: &mut impl World) {
    world.say(Said::addresses(&["10.0.0.3", "10.0.0.1", "10.0.0.2"])).await;
    assert_eq!(changed(world).await, members(&["10.0.0.1:4317", "10.0.0.2:4317", "10.0.0.3:4317"]));
    for said in [Said::Error, Said::Nothing, Said::addresses(&["10.0.0.2", "10.0.0.1", "10.0.0.3"])] {
        world.say(said).await;
    }
    world.say(Said::addresses(&["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"])).await;
    let more = members(&["10.0.0.1:4317", "10.0.0.2:4317", "10.0.0.3:4317", "10.0.0.4:4317"]);
    assert_eq!(changed(world).await, more);
    let counts = world.watch().counts();
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    assert_eq!((read(&counts.updates), read(&counts.backends)), (2, 4));
    assert!(read(&counts.failed) >= 2 && read(&counts.resolved) >= 3, "{counts:?}");
}

/// Scenario: the server is not there at first. Guarantee: there is no list until it is.
pub async fn a_server_that_comes_late_is_found(world: &mut impl World) {
    world.say(Said::Error).await;
    assert_eq!(world.watch().members(), Members::default());
    world.say(Said::addresses(&["10.0.0.1"])).await;
    assert_eq!(changed(world).await, members(&["10.0.0.1:4317"]));
}

/// Scenario: addresses of both versions. Guarantee: those of version 6 stand in brackets.
pub async fn addresses_of_version_6_are_members(world: &mut impl World) {
    world.say(Said::addresses(&["fd00::2", "10.0.0.1"])).await;
    assert_eq!(changed(world).await, members(&["10.0.0.1:4317", "[fd00::2]:4317"]));
}
