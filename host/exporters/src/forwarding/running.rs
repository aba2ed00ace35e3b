//! A forwarder as a component.

use std::sync::Arc;

use budget::Budget;
use component::exporter::{Batching, Environment};
use component::forwarder;
use forward::forwarder::{Connect, Forwarder, Leg};
use forward::keeper::{Keeper, Members};
use forward::route::OneDestination;
use forward::settings::Settings;
use pipeline::intake::forward::Forward;
use prometheus::exposition::Page;
use tokio::sync::mpsc;

use super::metrics;

/// A forwarder at work.
pub struct Running<C: Connect>(pub Arc<Forwarder<C>>);

impl<C: Connect> forwarder::Forwarder for Running<C> {
    fn leg(&self) -> Arc<dyn Forward> {
        Arc::new(Leg(Arc::clone(&self.0)))
    }

    fn budget(&self) -> Budget {
        self.0.total().clone()
    }

    fn add_metrics(&self, page: &mut Page) {
        metrics::add(page, &self.0);
    }
}

/// A forwarder to one destination, which is delivered to from now on.
pub fn to_one<C: Connect>(
    settings: &Settings,
    endpoint: &str,
    connect: C,
    environment: &mut Environment<'_>,
) -> Arc<dyn forwarder::Forwarder> {
    let forwarder = Forwarder::new(settings.clone(), connect, environment.clock.clone(), environment.keyer.clone());
    let route = Arc::new(OneDestination { lanes: settings.queue.lanes });
    let mut keeper = Keeper::new(Arc::clone(&forwarder));
    keeper.change(Members { endpoints: vec![endpoint.to_owned()], route });
    // Nothing else ever takes its place.
    let (_, changes) = mpsc::channel(1);
    environment.tasks.push(tokio::spawn(keeper.run(changes, environment.stopping.clone())));
    Arc::new(Running(forwarder))
}

/// The same settings with requests filled as a processor says.
#[must_use]
pub fn batched(settings: &Settings, batching: Batching) -> Settings {
    let mut settings = settings.clone();
    settings.filling.wait = batching.wait;
    settings.filling.points = batching.samples.unwrap_or(settings.filling.points);
    settings
}
