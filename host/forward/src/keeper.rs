//! What keeps a forwarder going: batches that are old leave, destinations come and go, and at the end everything goes out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use budget::Budget;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::destination::{Destination, Standing};
use crate::forwarder::{Connect, Forwarder};
use crate::lane::Lane;
use crate::rerouting::Rerouting;
use crate::route::Route;
use crate::table::Table;

/// How often it is looked for old batches: a tenth of the time that they may wait, within these bounds.
const OFTEN: Duration = Duration::from_millis(10);
const SELDOM: Duration = Duration::from_millis(100);

/// Destinations, in the order of their numbers, and the route to them.
pub struct Members {
    /// Their addresses; equal ones are one destination.
    pub endpoints: Vec<String>,
    /// Its slots count by the addresses.
    pub route: Arc<dyn Route>,
}

/// Keeps a forwarder going. What delivers ends with it.
pub struct Keeper<C> {
    forwarder: Arc<Forwarder<C>>,
    runners: JoinSet<()>,
}

impl<C: Connect> Keeper<C> {
    /// A keeper. Must be called within a tokio runtime.
    #[must_use]
    pub fn new(forwarder: Arc<Forwarder<C>>) -> Self {
        Self { forwarder, runners: JoinSet::new() }
    }

    /// Delivers until `stopping` turns true, and then what waits, each batch with one more attempt. Whatever comes out of
    /// `changes` takes the place of the destinations before.
    pub async fn run(mut self, mut changes: mpsc::Receiver<Members>, mut stopping: watch::Receiver<bool>) {
        let forwarder = Arc::clone(&self.forwarder);
        let step = (forwarder.settings.filling.wait / 10).clamp(OFTEN, SELDOM);
        loop {
            tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => break,
                Some(members) = changes.recv() => self.change(members),
                () = forwarder.clock.sleep(step) => {}
            }
            forwarder.flush_old();
            while self.runners.try_join_next().is_some() {}
        }
        forwarder.destinations().iter().for_each(|destination| destination.close());
        while self.runners.join_next().await.is_some() {}
    }

    /// Puts new destinations in the place of those that there are. Who is in both stays as it is.
    pub fn change(&mut self, members: Members) {
        let before = self.forwarder.table();
        let known: BTreeMap<&str, &Arc<Destination>> =
            before.destinations.iter().map(|known| (&*known.endpoint, known)).collect();
        let mut leaving = known.clone();
        let mut destinations: Vec<Arc<Destination>> = Vec::with_capacity(members.endpoints.len());
        for endpoint in &members.endpoints {
            leaving.remove(&**endpoint);
            let same = destinations.iter().find(|destination| *destination.endpoint == **endpoint);
            let destination = match same.or(known.get(&**endpoint).copied()) {
                Some(destination) => Arc::clone(destination),
                None => self.open(endpoint),
            };
            destinations.push(destination);
        }
        let now = self.forwarder.clock.monotonic();
        leaving.values().for_each(|destination| self.forwarder.left.add(destination.counters(), now));
        // First the new table: what leaves the lanes that close is routed by it.
        self.forwarder.set_table(Table { destinations, lanes: before.lanes, route: members.route });
        for destination in leaving.values() {
            let (exporter, endpoint) = (&*self.forwarder.settings.exporter, &*destination.endpoint);
            tracing::info!(exporter, endpoint, "a destination has left; what waits for it goes to the others");
            destination.remove();
        }
    }

    fn open(&mut self, endpoint: &str) -> Arc<Destination> {
        let forwarder = &self.forwarder;
        let standing = Arc::<Standing>::default();
        let known = forwarder.left.take(endpoint).map(|left| (left.counts, left.more));
        let (counts, more) = known.unwrap_or_default();
        let lanes = (0..forwarder.settings.queue.lanes.max(1)).map(|_| {
            let destination = Arc::new(delivery::Destination {
                exporter: format!("{} to {endpoint}", forwarder.settings.exporter),
                attempt: Rerouting {
                    client: forwarder.connect.client(endpoint, &more),
                    clock: forwarder.clock.clone(),
                    standing: Arc::clone(&standing),
                    counts: Arc::clone(&counts),
                    more: Arc::clone(&more),
                    forwarder: Arc::downgrade(forwarder),
                },
                retry: forwarder.settings.retry,
                counts: Arc::clone(&counts),
                clock: forwarder.clock.clone(),
                stopping: standing.stopping.subscribe(),
            });
            let (lane, runner) = destination.lane();
            self.runners.spawn(runner.run());
            Lane::new(lane)
        });
        let lanes = lanes.collect();
        let budget = Budget::new(forwarder.settings.queue.bytes);
        Arc::new(Destination { endpoint: endpoint.into(), counts, more, budget, lanes, standing })
    }
}

impl<C: Connect> Forwarder<C> {
    /// Hands on batches that have waited long enough.
    fn flush_old(&self) {
        let now = self.clock.moment();
        let table = self.table();
        let lanes = table.destinations.iter().flat_map(|destination| &destination.lanes);
        lanes.for_each(|lane| lane.flush_old(self.settings.filling, now));
    }
}
