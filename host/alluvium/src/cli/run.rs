//! `alluvium run`: reads the configuration, runs a host until a signal, and says how that went.

use std::error::Error;
use std::pin::pin;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use super::configuration::warn;
use super::{RunArgs, announce};
use crate::assembly::{self, Settings};
use crate::host::{Host, HostError};
use component::error::Problem;
use config::report::Report;
use telemetry::logs;

/// Runs the host until a signal. Exits with 1 if it cannot start.
pub(super) fn main(args: &RunArgs) -> ExitCode {
    if args.print_default {
        print!("{}", assembly::DEFAULT);
        return ExitCode::SUCCESS;
    }
    let (settings, report) = args.config.read();
    let Some(mut settings) = settings else { return fail(&report) };
    let shards = args.shards.map_or_else(default_shards, usize::from);
    for (pipeline, _) in &mut settings.pipelines {
        pipeline.shards = shards;
    }
    settings.compiler = args.cache.compiler();
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

/// Says why nothing runs.
pub(super) fn fail(error: &(dyn Error + 'static)) -> ExitCode {
    // A report says of each line whether it is an error.
    if error.is::<Report>() {
        eprint!("{error}");
    } else {
        eprintln!("error: {error}");
    }
    ExitCode::FAILURE
}

fn default_shards() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

async fn run(settings: Settings, report: &Report, args: &RunArgs) -> Result<(), Box<dyn Error>> {
    // Before anything else, so that no signal is missed.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut until = pin!(async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    });
    // Some processors ask others before they are built, and wait for answers.
    let host = tokio::select! {
        host = Host::build(settings) => host.map_err(|error| explain(error, report))?,
        () = &mut until => {
            tracing::info!("stopped before it was ready");
            return Ok(());
        }
    };
    announce::announce(host.addresses(), args.config.is_default());
    let healthy = host.serve(until).await;
    host.stop().await;
    if healthy { Ok(()) } else { Err("a shard ended by itself; this is a bug of the host".into()) }
}

/// What is wrong with a configuration that could be read, at its place in its source.
pub(super) fn explain(error: HostError, report: &Report) -> Box<dyn Error> {
    // An address, for example, may have come out of a variable.
    let Some(problems) = error.problems() else { return report.masked(error.to_string()).into() };
    let mut report = report.clone();
    for Problem { path, message, help } in problems {
        report.error(report.place_of(&path), &path, message, help);
    }
    Box::new(report)
}
