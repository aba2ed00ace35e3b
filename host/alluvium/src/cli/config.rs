//! `alluvium config`: looks at a configuration without running it.

use std::process::ExitCode;

use clap::Subcommand;

use super::{RunArgs, run};
use crate::assembly::effective::effective;

/// What can be done with a configuration.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print all settings as they are in effect, with where each comes from. Secrets are masked.
    Print(RunArgs),
}

/// Does it. Exits with 1 if the configuration is wrong.
pub(super) fn main(Command::Print(args): &Command) -> ExitCode {
    match run::read(args) {
        Ok((_, report)) => {
            if !report.problems().is_empty() {
                eprint!("{report}");
            }
            print!("{}", effective(&report));
            ExitCode::SUCCESS
        }
        Err(error) => run::fail(&*error),
    }
}
