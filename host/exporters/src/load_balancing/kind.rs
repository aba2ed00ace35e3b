//! The exporter as a component.

use std::sync::Arc;

use budget::Budget;
use component::authenticator::Reference;
use component::error::BuildError;
use component::exporter::{Batching, Environment};
use component::forwarder::{self, Kind};
use config::schema::{Declared as _, Written};
use forward::forwarder::{Forwarder, Leg};
use forward::keeper::Keeper;
use pipeline::intake::forward::Forward;
use prometheus::exposition::Page;
use resolvers::Counts;
use routing::{Router, router};
use tokio::sync::mpsc;

use super::block::{Keys, Settings};
use super::calls::WorkerCalls;
use super::members::Rings;
use super::metrics;
use crate::forwarding::{self, running};
use crate::otlp_grpc::block::CallSettings;
use crate::otlp_grpc::kind::Calls;

/// Addresses that wait to be told about.
const UNREACHABLE: usize = 256;

/// The registry's row.
pub static KIND: Kind = Kind {
    names: &["load_balancing", "loadbalancing"],
    summary: "Hands on requests over OTLP/gRPC, each stream to one of several workers.",
    example: include_str!("example.yaml"),
    page: include_str!("page.md"),
    schema: Keys::schema,
    read: |id, site, report| {
        let block = Keys::read(site, report)?;
        Some(Arc::new(block.settings(id, &Written::new(site))?))
    },
};

/// The exporter at work.
struct LoadBalancing {
    forwarder: Arc<Forwarder<WorkerCalls>>,
    resolver: &'static str,
    counts: Arc<Counts>,
}

impl forwarder::Settings for Settings {
    fn authenticator(&self) -> Option<Reference> {
        self.reference()
    }

    fn batched(&self, batching: Batching) -> Arc<dyn forwarder::Settings> {
        let forward = running::batched(&self.call.forward, batching);
        Arc::new(Self { call: CallSettings { forward, ..self.call.clone() }, ..self.clone() })
    }

    fn build(&self, environment: &mut Environment<'_>) -> Result<Arc<dyn forwarder::Forwarder>, BuildError> {
        let (settings, clock) = (&self.call.forward, environment.clock);
        let resolver = self.resolver.build(&settings.exporter, clock)?;
        let calls = Calls::new(self.call.clone(), None, self.reference().as_ref(), environment)?;
        let (refused, unreachable) = mpsc::channel(UNREACHABLE);
        let calls = WorkerCalls { calls, unreachable: refused };
        let forwarder = Forwarder::new(settings.clone(), calls, clock.clone(), environment.keyer.clone());
        let (changes, changed) = mpsc::channel(1);
        let rings = Rings {
            generation: self.profile.ring,
            router: Arc::new(Router::new(self.key.clone(), self.profile, router::FORMS)),
            lanes: settings.queue.lanes as u32,
            clock: clock.clone(),
        };
        let watch = resolver.watch();
        let (resolver, counts) = (watch.name(), Arc::clone(watch.counts()));
        let following = tokio::spawn(rings.follow(watch, changes, unreachable));
        let keeping = Keeper::new(Arc::clone(&forwarder)).run(changed, environment.stopping.clone());
        environment.tasks.push(tokio::spawn(async move {
            keeping.await;
            following.abort();
        }));
        Ok(Arc::new(LoadBalancing { forwarder, resolver, counts }))
    }
}

impl forwarder::Forwarder for LoadBalancing {
    fn leg(&self) -> Arc<dyn Forward> {
        Arc::new(Leg(Arc::clone(&self.forwarder)))
    }

    fn budget(&self) -> Budget {
        self.forwarder.total().clone()
    }

    fn add_metrics(&self, page: &mut Page) {
        forwarding::metrics::add(page, &self.forwarder);
        metrics::add(page, &self.forwarder, self.resolver, &self.counts);
    }
}
