//! `alluvium validate`: everything is checked that can be checked without a socket, and nothing is started.

use std::process::ExitCode;

use clap::Args;

use super::compiler::CacheArgs;
use super::configuration::ConfigArgs;
use super::run::{explain, fail};
use crate::host::Host;

/// Check a configuration: status 0 if it is right, else 1 and all that is wrong.
///
/// Everything is checked that `run` would check before it listens: files and variables, every key, the pipelines, and the
/// settings of guests, which are loaded for it. No address is bound, nothing is connected to, and no credentials are read.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  alluvium validate --config worker.yaml
  alluvium validate --config base.yaml --config production.yaml --set processors.batch.timeout=2s
  alluvium validate --config collector.yaml --metrics-only")]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    cache: CacheArgs,
}

/// Checks the configuration.
pub(super) fn main(args: &ValidateArgs) -> ExitCode {
    let (settings, report) = args.config.read();
    let Some(mut settings) = settings else { return fail(&report) };
    settings.compiler = args.cache.compiler();
    let pipelines = settings.pipelines.len();
    if let Err(error) = Host::check(&settings) {
        return fail(&*explain(error, &report));
    }
    eprint!("{report}");
    println!("valid: {pipelines} pipeline{}", if pipelines == 1 { "" } else { "s" });
    ExitCode::SUCCESS
}
