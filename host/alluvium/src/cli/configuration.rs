//! The configuration that the command line names, and the process's environment and files, which it may refer to.

use std::fs::File;
use std::io::{self, Read as _};

use clap::Args;

use crate::assembly::{self, Settings, Signals};
use config::report::{Problem, Report};
use config::source::{Location, Lookup};
use telemetry::settings::Encoding;

/// Where the configuration is.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// A configuration in the Collector's YAML: a file, env:NAME or yaml:TEXT.
    ///
    /// env:NAME is what an environment variable holds. The option may be given several times; what comes later is merged over
    /// what is in front of it: maps key by key, all else is replaced. Without any the built-in default is taken.
    #[arg(long, value_name = "LOCATION", value_parser = Location::parse)]
    config: Vec<Location>,
    /// One value, set over all configurations.
    ///
    /// KEY is all keys that lead to the value, joined by dots; VALUE is YAML. The option may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = Location::set)]
    set: Vec<Location>,
    /// Ignore pipelines of logs, traces and profiles.
    ///
    /// The components that only they use are ignored as well, and a line says which. Without this option such pipelines
    /// are an error, as this host processes metrics.
    #[arg(long)]
    metrics_only: bool,
}

impl ConfigArgs {
    /// Whether it is the built-in default, with nothing set over it.
    pub fn is_default(&self) -> bool {
        self.config.is_empty() && self.set.is_empty()
    }

    /// Reads it.
    pub fn read(&self) -> (Option<Settings>, Report) {
        let built_in = Location::Text { name: assembly::DEFAULT_NAME.into(), text: assembly::DEFAULT.into() };
        let built_in = Some(built_in).filter(|_| self.config.is_empty());
        let locations: Vec<Location> = built_in.iter().chain(&self.config).chain(&self.set).cloned().collect();
        let signals = if self.metrics_only { Signals::MetricsOnly } else { Signals::Metrics };
        assembly::load(&locations, &Process, signals)
    }
}

/// Notes and warnings, in the form of the log that follows them.
pub(crate) fn warn(report: &Report, encoding: Encoding) {
    match encoding {
        Encoding::Console => eprint!("{report}"),
        Encoding::Json => {
            for note in report.notes() {
                tracing::info!("{note}");
            }
            for Problem { place, path, message, help, .. } in report.problems() {
                tracing::warn!(file = report.name_of(*place), line = place.line, path, help, "{message}");
            }
        }
    }
}

/// What a configuration of this process may refer to.
struct Process;

impl Lookup for Process {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn file(&self, path: &str, most: usize) -> io::Result<String> {
        let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
        let mut bytes = Vec::new();
        File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > most {
            return Err(invalid("it is too large; this is no configuration".into()));
        }
        String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8 text; save it as UTF-8".into()))
    }
}
