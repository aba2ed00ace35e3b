//! The command line.

mod announce;
mod compiler;
mod configuration;
mod generate;
mod print;
mod run;
mod validate;

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
    Run(RunArgs),
    Validate(validate::ValidateArgs),
    Generate(generate::GenerateArgs),
    /// Look at a configuration without running it.
    #[command(subcommand)]
    Config(print::Command),
    /// Compile a component from standard input to machine code on standard output. The host calls itself so.
    #[command(name = compiler::COMMAND, hide = true)]
    CompileGuest,
}

/// Run the host: with a configuration of the OpenTelemetry Collector, or with the built-in default.
///
/// The file is checked as a whole before anything starts, and all that is wrong is said at once. Values may refer to
/// environment variables and files: ${env:NAME}, ${env:NAME:-default}, ${file:PATH}.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  alluvium run --print-default > worker.yaml    # a file to start from
  alluvium run --config worker.yaml
  alluvium run --config base.yaml --config production.yaml    # the second is merged over the first
  alluvium run --config worker.yaml --set processors.batch.timeout=2s
  alluvium run --config worker.yaml --set 'processors.batch={timeout: 2s}'
  alluvium run --config env:ALLUVIUM_CONFIG
  alluvium run --config collector.yaml --metrics-only    # logs and traces are left to a Collector")]
pub(crate) struct RunArgs {
    #[command(flatten)]
    config: configuration::ConfigArgs,
    #[command(flatten)]
    cache: compiler::CacheArgs,
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
        Some(Command::Validate(args)) => validate::main(&args),
        Some(Command::Generate(args)) => generate::main(&args),
        Some(Command::Config(command)) => print::main(&command),
        Some(Command::CompileGuest) => compiler::main(),
    }
}
