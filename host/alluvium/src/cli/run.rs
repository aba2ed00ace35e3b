//! `alluvium run`: builds everything, runs it until a signal, and ends in order.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::RunArgs;
use super::announce::Places;
use crate::assembly::{self, Settings};
use crate::build::{BuildError, HOST_STREAMS, Host, Pipeline};
use crate::metrics::Sources;
use clock::Clock;
use component::endpoint::{Endpoint, Sockets};
use component::error::Problem;
use config::report::{self, Report};
use otlp::key::Keyer;
use pipeline::population::Population;
use telemetry::settings::Encoding;
use telemetry::{logs, page};
use wasm::{Engine, Limits};

/// Requests in hand have so long to finish when the host stops, and the queues as long again.
const DRAIN: Duration = Duration::from_secs(12);

/// All pipelines together have so long to stop, their shards and queues included. With [`DRAIN`] for the requests this
/// stays below the 30 s after which container platforms kill.
const STOP: Duration = Duration::from_secs(15);

/// A configuration of a thousand components takes some 100 KB.
const CONFIG_BYTES: u64 = 4 << 20;

/// How often it is looked whether all shards are at work.
const HEALTH_CHECK: Duration = Duration::from_secs(1);

/// Runs the host until a signal. Exits with 1 if it cannot start.
pub(super) fn main(args: &RunArgs) -> ExitCode {
    if args.print_default {
        print!("{}", assembly::DEFAULT);
        return ExitCode::SUCCESS;
    }
    let (settings, report) = match read(args) {
        Ok(read) => read,
        Err(error) => return fail(&*error),
    };
    logs::start(&settings.telemetry);
    warn(&report, settings.telemetry.encoding);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(run(settings, &report, args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&*error),
    }
}

/// Warnings, in the form of the log that follows them.
fn warn(report: &Report, encoding: Encoding) {
    match encoding {
        Encoding::Console if report.problems().is_empty() => {}
        Encoding::Console => eprint!("{report}"),
        Encoding::Json => {
            for report::Problem { place, path, message, help, .. } in report.problems() {
                tracing::warn!(file = report.file, line = place.line, path, help, "{message}");
            }
        }
    }
}

fn fail(error: &(dyn Error + 'static)) -> ExitCode {
    // A report says of each line whether it is an error.
    if error.is::<Report>() {
        eprint!("{error}");
    } else {
        eprintln!("error: {error}");
    }
    ExitCode::FAILURE
}

/// An error that says what was being done.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {error}")]
struct Doing {
    what: String,
    error: io::Error,
}

fn read(args: &RunArgs) -> Result<(Settings, Report), Box<dyn Error>> {
    let (name, text) = match &args.config {
        None => (assembly::DEFAULT_NAME.to_owned(), assembly::DEFAULT.to_owned()),
        Some(path) => {
            let name = path.display().to_string();
            let text = read_text(path)
                .map_err(|error| Doing { what: format!("cannot read the configuration {name}"), error })?;
            (name, text)
        }
    };
    let (settings, report) = assembly::read(&name, &text);
    let Some(mut settings) = settings else { return Err(Box::new(report)) };
    let shards = args.shards.map_or_else(default_shards, usize::from);
    for (pipeline, _) in &mut settings.pipelines {
        pipeline.shards = shards;
    }
    Ok((settings, report))
}

/// The text of a file that is no larger than a configuration can be.
fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(CONFIG_BYTES + 1).read_to_end(&mut bytes)?;
    let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    if bytes.len() as u64 > CONFIG_BYTES {
        return Err(invalid(format!("it has more than {CONFIG_BYTES} bytes; this is no configuration")));
    }
    String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8 text; save it as UTF-8".into()))
}

fn default_shards() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

/// Everything that runs.
struct Running {
    pipelines: Vec<Pipeline>,
    receivers: JoinSet<()>,
    stopping: watch::Sender<bool>,
}

async fn run(settings: Settings, report: &Report, args: &RunArgs) -> Result<(), Box<dyn Error>> {
    // Before anything else, so that no signal is missed.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let clock = Clock::system();
    let host = Host {
        engine: Engine::start()?,
        clock: clock.clone(),
        population: Arc::new(Population::new(Some(HOST_STREAMS))),
        limits: Limits::default(),
        keyer: Keyer::random(),
    };
    let (stopping, stopped) = watch::channel(false);
    let mut running = Running { pipelines: Vec::new(), receivers: JoinSet::new(), stopping };
    let mut sources = Sources { population: Arc::clone(&host.population), ..Sources::default() };
    let mut pages = JoinSet::new();
    let mut places = Places::default();
    // All addresses are bound before anything is built, so that a port that is taken shows at once.
    let mut bound = Vec::new();
    for (pipeline, receivers) in settings.pipelines {
        let mut listening = Vec::new();
        for receiver in receivers {
            listening.push((bind_all(receiver.endpoints(), &mut places).await?, receiver));
        }
        bound.push((pipeline, listening));
    }
    let own = match &settings.telemetry.metrics {
        Some(endpoint) => bind(endpoint).await?,
        None => Sockets::default(),
    };
    for (pipeline, receivers) in bound {
        let mut serving = Vec::new();
        for exporter in &pipeline.exporters {
            serving.push(bind_all(exporter.endpoints(), &mut places).await?);
        }
        let built = pipeline.build(&host).map_err(|error| explain(error, report))?;
        sources.pipelines.push((Arc::clone(&built.view), Arc::clone(&built.leg)));
        for (exporter, sockets) in built.view.exporters.iter().zip(serving) {
            exporter.serve(sockets, built.shards(), &mut pages);
        }
        for (sockets, receiver) in receivers {
            let receiver = receiver.build(Arc::clone(&built.intake));
            receiver.start(sockets, &stopped, &mut running.receivers);
            sources.receivers.push(receiver);
        }
        running.pipelines.push(built);
    }
    places.note_own(own.address());
    let sources = Arc::new(sources);
    for listener in own.0 {
        let sources = Arc::clone(&sources);
        pages.spawn(page::serve(listener, move |_| {
            let page = sources.page();
            async move { page }
        }));
    }
    places.announce(args.config.is_none());
    let healthy = tokio::select! {
        _ = interrupt.recv() => true,
        _ = terminate.recv() => true,
        () = watch_over(&running.pipelines, &clock) => false,
    };
    running.stop().await;
    if healthy { Ok(()) } else { Err("a shard ended by itself; this is a bug of the host".into()) }
}

async fn bind(endpoint: &str) -> Result<Sockets, Doing> {
    let bound = page::bind(endpoint).await;
    bound.map(Sockets).map_err(|error| Doing { what: format!("cannot listen on {endpoint}"), error })
}

/// Binds what a component listens on.
async fn bind_all(endpoints: Vec<Endpoint>, places: &mut Places) -> Result<Vec<Sockets>, Doing> {
    let mut all = Vec::new();
    for Endpoint { transport, listen, .. } in endpoints {
        let sockets = bind(&listen.to_string()).await?;
        places.note(transport, sockets.address());
        all.push(sockets);
    }
    Ok(all)
}

/// What is wrong with a configuration that could be read, at its place in the file.
fn explain(error: BuildError, report: &Report) -> Box<dyn Error> {
    let Some(problems) = error.problems() else { return Box::new(error) };
    let mut report = report.clone();
    for Problem { path, message, help } in problems {
        report.error(report.place_of(&path), &path, message, help);
    }
    Box::new(report)
}

/// Returns when a shard no longer works.
async fn watch_over(pipelines: &[Pipeline], clock: &Clock) {
    while pipelines.iter().all(Pipeline::is_healthy) {
        clock.sleep(HEALTH_CHECK).await;
    }
}

impl Running {
    /// First no more requests, then what is in hand, then what waits.
    async fn stop(mut self) {
        tracing::info!("stopping: taking no more requests");
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
