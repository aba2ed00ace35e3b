//! `alluvium config print`: all settings as they are in effect.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::configuration::ConfigArgs;
use super::run;
use crate::assembly::effective::effective;

/// What can be done with a configuration.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Print(PrintArgs),
}

/// Print all settings as they are in effect, with where each comes from. Secrets are masked.
///
/// What is printed is a configuration, and means the same when it is read again, but for what is masked.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  alluvium config print    # the built-in default
  alluvium config print --config base.yaml --config production.yaml")]
pub(super) struct PrintArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

/// Does it. Exits with 1 if the configuration is wrong.
pub(super) fn main(Command::Print(args): &Command) -> ExitCode {
    let (settings, report) = args.config.read();
    if settings.is_none() {
        return run::fail(&report);
    }
    eprint!("{report}");
    print!("{}", effective(&report));
    ExitCode::SUCCESS
}
