//! `alluvium run`: reads the configuration, runs a host until a signal, and says how that went.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use super::{RunArgs, announce};
use crate::assembly::{self, Settings};
use crate::host::{Host, HostError};
use component::error::Problem;
use config::report::{self, Report};
use telemetry::logs;
use telemetry::settings::Encoding;

/// A configuration of a thousand components takes some 100 KB.
const CONFIG_BYTES: u64 = 4 << 20;

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

pub(super) fn fail(error: &(dyn Error + 'static)) -> ExitCode {
    // A report says of each line whether it is an error.
    if error.is::<Report>() {
        eprint!("{error}");
    } else {
        eprintln!("error: {error}");
    }
    ExitCode::FAILURE
}

/// A configuration that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the configuration {name}: {error}")]
struct Unreadable {
    name: String,
    error: io::Error,
}

pub(super) fn read(args: &RunArgs) -> Result<(Settings, Report), Box<dyn Error>> {
    let (name, text) = match &args.config {
        None => (assembly::DEFAULT_NAME.to_owned(), assembly::DEFAULT.to_owned()),
        Some(path) => {
            let name = path.display().to_string();
            match read_text(path) {
                Ok(text) => (name, text),
                Err(error) => return Err(Box::new(Unreadable { name, error })),
            }
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

async fn run(settings: Settings, report: &Report, args: &RunArgs) -> Result<(), Box<dyn Error>> {
    // Before anything else, so that no signal is missed.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let host = Host::build(settings).await.map_err(|error| explain(error, report))?;
    announce::announce(host.addresses(), args.config.is_none());
    let until = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    let healthy = host.serve(until).await;
    host.stop().await;
    if healthy { Ok(()) } else { Err("a shard ended by itself; this is a bug of the host".into()) }
}

/// What is wrong with a configuration that could be read, at its place in the file.
fn explain(error: HostError, report: &Report) -> Box<dyn Error> {
    let Some(problems) = error.problems() else { return Box::new(error) };
    let mut report = report.clone();
    for Problem { path, message, help } in problems {
        report.error(report.place_of(&path), &path, message, help);
    }
    Box::new(report)
}
