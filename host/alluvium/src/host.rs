//! A host: pipelines, receivers and pages, from settings until everything has gone out.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::assembly::Settings;
use crate::build::{self, BuildError, HOST_STREAMS, Pipeline, Services};
use crate::metrics::Sources;
use clock::Clock;
use component::authenticator::Authenticators;
use component::endpoint::{Endpoint, Sockets};
use component::error::Problem;
use component::extension::{Condition, Surroundings};
use component::receiver;
use component::variables::Variables;
use otlp::key::Keyer;
use pipeline::intake::Intake;
use pipeline::stream_limit::StreamLimit;
use telemetry::{page, server};
use wasm::{Engine, Limits};

/// Requests in hand have so long to finish when the host stops, and the queues as long again.
const DRAIN: Duration = Duration::from_secs(12);

/// All pipelines together have so long to stop, their shards and queues included. With [`DRAIN`] for the requests this
/// stays below the 30 s after which container platforms kill.
const STOP: Duration = Duration::from_secs(15);

/// How often it is looked whether all shards are at work.
const HEALTH_CHECK: Duration = Duration::from_secs(1);

/// Everything that runs.
pub struct Host {
    pipelines: Vec<Pipeline>,
    receivers: JoinSet<()>,
    /// Pages are served until the host is dropped.
    pages: JoinSet<()>,
    addresses: Addresses,
    stopping: watch::Sender<bool>,
    /// What extensions are told of the host.
    condition: watch::Sender<Condition>,
    clock: Clock,
}

/// Where a host listens.
#[derive(Debug, Default)]
pub struct Addresses {
    /// The addresses of components, by what is spoken there.
    pub components: Vec<(&'static str, SocketAddr)>,
    /// That of the host's own metrics.
    pub own: Option<SocketAddr>,
}

/// Why a host cannot be built.
#[derive(Debug, Error)]
pub enum HostError {
    /// An address cannot be listened on.
    #[error("cannot listen on {endpoint}: {error}")]
    Listen {
        /// The address.
        endpoint: String,
        /// What the system says.
        error: io::Error,
    },
    /// The engine of guests does not start.
    #[error("cannot start the engine of guests: {0}")]
    Engine(wasm::LoadError),
    /// A pipeline cannot be built.
    #[error(transparent)]
    Pipeline(#[from] BuildError),
}

impl HostError {
    /// What is wrong with the configuration; none if something else is.
    #[must_use]
    pub fn problems(&self) -> Option<Vec<Problem>> {
        if let Self::Pipeline(error) = self { error.problems() } else { None }
    }
}

/// A receiver and the pipelines that it feeds, by number.
struct Feeding {
    receiver: Arc<dyn receiver::Settings>,
    pipelines: Vec<usize>,
    sockets: Vec<Sockets>,
}

impl Host {
    /// Builds and starts all that `settings` say. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// See [`HostError`].
    pub async fn build(settings: Settings) -> Result<Self, HostError> {
        let mut services = services(&settings)?;
        let (stopping, stopped) = watch::channel(false);
        let (condition, conditions) = watch::channel(Condition::Starting);
        let mut sources = Sources { stream_limit: Arc::clone(&services.stream_limit), ..Sources::default() };
        let mut host = Self {
            pipelines: Vec::new(),
            receivers: JoinSet::new(),
            pages: JoinSet::new(),
            addresses: Addresses::default(),
            stopping,
            condition,
            clock: services.clock.clone(),
        };
        // Before anything else, so that a host that is starting can be seen to.
        let surroundings = Surroundings { clock: services.clock.clone(), condition: conditions };
        for (id, extension) in &settings.extensions {
            let sockets = host.bind_all(extension.endpoints()).await?;
            let extension = extension.build(&surroundings)?;
            extension.start(sockets, &mut host.pages);
            if let Some(authenticator) = extension.authenticator() {
                services.authenticators.add(id, authenticator);
            }
            sources.extensions.push(extension);
        }
        // All addresses are bound before anything is built, so that a port that is taken shows at once.
        let (mut pipelines, mut receivers) = feeding(settings.pipelines);
        for feeding in &mut receivers {
            feeding.sockets = host.bind_all(feeding.receiver.endpoints()).await?;
        }
        let own = match &settings.telemetry.metrics {
            Some(endpoint) => bind(endpoint).await?,
            None => Sockets::default(),
        };
        host.addresses.own = own.address();
        build::prepare(&mut pipelines, &services).await?;
        for pipeline in pipelines {
            host.start_pipeline(pipeline, &services, &mut sources).await?;
        }
        for Feeding { receiver, pipelines, sockets } in receivers {
            let legs = pipelines.into_iter().map(|index| Arc::clone(&host.pipelines[index].leg)).collect();
            let receiver = receiver.build(Arc::new(Intake::new(services.keyer.clone(), legs)));
            receiver.start(sockets, &stopped, &mut host.receivers);
            sources.receivers.push(receiver);
        }
        host.serve_own(own, sources);
        host.condition.send_replace(Condition::Ready(services.clock.moment()));
        Ok(host)
    }

    /// Checks what settings cannot show by themselves: whether guests can be loaded and accept what is meant for them. Nothing
    /// is started, and no address is bound.
    ///
    /// # Errors
    /// See [`HostError`]; those of all pipelines come at once.
    pub fn check(settings: &Settings) -> Result<(), HostError> {
        let services = services(settings)?;
        let checked = settings.pipelines.iter().filter_map(|(pipeline, _)| pipeline.check(&services).err());
        Ok(BuildError::all(checked.collect())?)
    }

    async fn start_pipeline(
        &mut self,
        pipeline: build::Settings,
        services: &Services,
        sources: &mut Sources,
    ) -> Result<(), HostError> {
        let mut serving = Vec::new();
        for exporter in &pipeline.exporters {
            serving.push(self.bind_all(exporter.endpoints()).await?);
        }
        let built = pipeline.build(services)?;
        sources.pipelines.push((Arc::clone(&built.view), Arc::clone(&built.leg)));
        for (exporter, sockets) in built.view.exporters.iter().zip(serving) {
            exporter.serve(sockets, built.shards(), &mut self.pages);
        }
        self.pipelines.push(built);
        Ok(())
    }

    /// Serves the host's own metrics.
    fn serve_own(&mut self, own: Sockets, sources: Sources) {
        let sources = Arc::new(sources);
        for listener in own.0 {
            let sources = Arc::clone(&sources);
            self.pages.spawn(page::serve(listener, move |_| {
                let page = sources.page();
                async move { page }
            }));
        }
    }

    /// Binds what a component listens on.
    async fn bind_all(&mut self, endpoints: Vec<Endpoint>) -> Result<Vec<Sockets>, HostError> {
        let mut all = Vec::new();
        for Endpoint { transport, listen, .. } in endpoints {
            let sockets = bind(&listen.to_string()).await?;
            self.addresses.components.extend(sockets.address().map(|address| (transport, address)));
            all.push(sockets);
        }
        Ok(all)
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Runs until `until`, or until a shard no longer works; says whether all do.
    pub async fn serve(&self, until: impl Future<Output = ()>) -> bool {
        let ill = async {
            while self.pipelines.iter().all(Pipeline::is_healthy) {
                self.clock.sleep(HEALTH_CHECK).await;
            }
        };
        tokio::select! {
            () = until => true,
            () = ill => {
                self.condition.send_replace(Condition::Broken);
                false
            }
        }
    }

    /// Ends in order: first no more requests, then what is in hand, then what waits.
    pub async fn stop(mut self) {
        tracing::info!("stopping: taking no more requests");
        self.condition.send_replace(Condition::Stopping);
        self.stopping.send_replace(true);
        let drained = async { while self.receivers.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            tracing::warn!("some connections did not finish in time");
        }
        if !stop_all(self.pipelines).await {
            tracing::error!("some samples could not be sent in time; they are lost");
        }
        tracing::info!("stopped");
    }
}

/// What all pipelines share.
fn services(settings: &Settings) -> Result<Services, HostError> {
    Ok(Services {
        engine: Engine::with(settings.compiler.clone()).map_err(HostError::Engine)?,
        clock: Clock::system(),
        stream_limit: Arc::new(StreamLimit::new(Some(HOST_STREAMS))),
        limits: Limits::default(),
        authenticators: Authenticators::default(),
        keyer: Keyer::random(),
        variables: Variables::of_the_process(),
    })
}

/// Receivers, each once, and the pipelines.
fn feeding(fed: Vec<crate::assembly::Fed>) -> (Vec<build::Settings>, Vec<Feeding>) {
    let (mut pipelines, mut receivers) = (Vec::new(), Vec::<Feeding>::new());
    let mut known = BTreeMap::new();
    for (index, (pipeline, listed)) in fed.into_iter().enumerate() {
        pipelines.push(pipeline);
        for receiver in listed {
            let number = *known.entry(Arc::as_ptr(&receiver).cast::<()>()).or_insert_with(|| {
                receivers.push(Feeding { receiver, pipelines: Vec::new(), sockets: Vec::new() });
                receivers.len() - 1
            });
            receivers[number].pipelines.push(index);
        }
    }
    (pipelines, receivers)
}

async fn bind(endpoint: &str) -> Result<Sockets, HostError> {
    let bound = server::bind(endpoint).await;
    bound.map(Sockets).map_err(|error| HostError::Listen { endpoint: endpoint.to_owned(), error })
}

/// Stops all pipelines at once, so that none takes the time of another; says whether everything went out.
async fn stop_all(pipelines: Vec<Pipeline>) -> bool {
    let mut stopping: JoinSet<bool> = pipelines.into_iter().map(|pipeline| pipeline.stop(DRAIN)).collect();
    let stopped = async {
        let mut all = true;
        while let Some(sent) = stopping.join_next().await {
            all &= sent.unwrap_or(false);
        }
        all
    };
    // A shard that hangs in a processor would never answer.
    tokio::time::timeout(STOP, stopped).await.unwrap_or(false)
}
