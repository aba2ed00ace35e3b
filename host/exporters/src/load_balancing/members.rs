//! From lists of workers to rings.

use std::collections::BTreeMap;
use std::sync::Arc;

use clock::Clock;
use forward::keeper::Members;
use resolvers::{Watch, endpoint};
use routing::profile::RingGeneration;
use routing::{Ring, Router};
use tokio::sync::mpsc;

use super::route::ByRing;

/// Makes a ring of each list.
pub struct Rings {
    /// How.
    pub generation: RingGeneration,
    /// Which position a point has.
    pub router: Arc<Router>,
    /// Lanes of each worker.
    pub lanes: u32,
    /// The time.
    pub clock: Clock,
}

impl Rings {
    /// Says which destinations there are whenever the list has changed, and tells the resolver who is unreachable. Ends when
    /// nobody listens any more.
    pub async fn follow(
        self,
        mut watch: Watch,
        changes: mpsc::Sender<Members>,
        mut unreachable: mpsc::Receiver<Box<str>>,
    ) {
        let mut names: BTreeMap<String, Box<str>> = BTreeMap::new();
        loop {
            tokio::select! {
                list = watch.changed() => {
                    // Without workers there is nowhere to send to: the last ones may come back.
                    if list.is_empty() {
                        continue;
                    }
                    let ring = Ring::new(self.generation, list.iter());
                    let members = ring.members().iter();
                    names = members.map(|name| (endpoint::address(name), name.clone())).collect();
                    if changes.send(self.members(ring)).await.is_err() {
                        return;
                    }
                }
                Some(endpoint) = unreachable.recv() => {
                    if let Some(name) = names.get(&*endpoint) {
                        watch.refused(name);
                    }
                }
            }
        }
    }

    fn members(&self, ring: Ring) -> Members {
        let endpoints = ring.members().iter().map(|name| endpoint::address(name)).collect();
        let (router, lanes, clock) = (Arc::clone(&self.router), self.lanes, self.clock.clone());
        Members { endpoints, route: Arc::new(ByRing { ring, router, lanes, clock }) }
    }
}
