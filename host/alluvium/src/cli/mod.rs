//! The command line.

mod announce;
mod config;
mod generate;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// A processor host for OpenTelemetry metrics: deltas in, true totals out.
///
/// Without a command it runs its built-in default: OTLP on localhost 4317 (gRPC) and 4318 (HTTP), delta points added up,
/// and the totals on a page for Prometheus at http://localhost:9464/metrics.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 120, subcommand_help_heading = "Commands")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the host: with a configuration of the OpenTelemetry Collector, or with the built-in default.
    Run(RunArgs),
    Generate(generate::GenerateArgs),
    /// Look at a configuration without running it.
    #[command(subcommand)]
    Config(config::Command),
}

/// How the host runs.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The configuration, in the Collector's YAML. Without it the built-in default runs.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Shards of each pipeline, a thread each. Half of the machine's cores by default: the other half reads requests.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    shards: Option<u16>,
    /// Print the built-in default configuration and exit: a file to start from.
    #[arg(long)]
    print_default: bool,
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {
        None => run::main(&cli.run),
        Some(Command::Run(args)) => run::main(&args),
        Some(Command::Generate(args)) => generate::main(&args),
        Some(Command::Config(command)) => config::main(&command),
    }
}
