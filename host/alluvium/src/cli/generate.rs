//! `alluvium generate`: a client that behaves like Claude Code and knows the truth.

use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use clock::Clock;
use generate::model::Detail;
use generate::natural::{self, Play};
use generate::send::{Exporter, Framing, Packing, Protocol, SendError};
use generate::steady::{self, Load};
use generate::truth::Truth;

/// Send metrics as Claude Code does, and print the true totals as JSON at the end.
///
/// By default sessions come and go in real time: some with two processes, each exporting every interval what has changed.
/// With --rounds it is a load instead: twelve streams a session, a point of each in every round, as fast as the server
/// takes them or at --rate.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  alluvium generate --sessions 5 --duration 20s --interval 2s
  alluvium generate --protocol grpc --gzip --sessions 100 --duration 5m
  alluvium generate --sessions 10000 --rounds 10 --sessions-per-request 50 > truth.json")]
pub(crate) struct GenerateArgs {
    /// Where to send to. http://localhost:4318 for HTTP and http://localhost:4317 for gRPC by default.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// The protocol.
    #[arg(long, value_enum, default_value_t = Protocol::Http)]
    protocol: Protocol,
    /// Compress with gzip.
    #[arg(long)]
    gzip: bool,
    /// Send HTTP bodies in chunks, without a length in front.
    #[arg(long)]
    chunked: bool,
    /// Sessions in all.
    #[arg(long, value_name = "N", default_value_t = 10)]
    sessions: usize,
    /// For how long sessions come and go.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    duration: Duration,
    /// Time between two exports of a process. Claude Code's own default is 60s.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    interval: Duration,
    /// How much each point says of its session.
    #[arg(long, value_enum, default_value_t = Detail::Full)]
    detail: Detail,
    /// The same seed gives the same sessions and values.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Send a load of so many rounds instead of playing in real time.
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Load: points a second. As many as the server takes by default.
    #[arg(long, value_name = "N", requires = "rounds")]
    rate: Option<f64>,
    /// Load: sessions whose points go into one request.
    #[arg(long, value_name = "N", requires = "rounds", default_value = "1")]
    sessions_per_request: NonZeroUsize,
    /// Load: connections, with a request at a time on each.
    #[arg(long, value_name = "N", requires = "rounds", default_value = "4")]
    connections: NonZeroUsize,
    /// Load: histograms of eleven bounds in place of counters.
    #[arg(long, requires = "rounds")]
    histograms: bool,
    /// Print the totals of all sessions together only.
    #[arg(long)]
    totals_only: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = collector_duration::parse(text).filter(|duration| !duration.is_zero());
    duration.ok_or_else(|| "expected a duration such as 20s or 5m".into())
}

/// Runs the client. Exits with 1 if something was lost or dropped.
pub(super) fn main(args: &GenerateArgs) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(args)) {
        Ok(truth) => {
            let mut json = truth.to_json();
            if args.totals_only
                && let Some(object) = json.as_object_mut()
            {
                object.remove("sessions");
            }
            println!("{json:#}");
            if truth.rejected_points > 0 {
                let rejected = truth.rejected_points;
                eprintln!(
                    "error: the server dropped {rejected} points and does not say which: the totals are not true"
                );
            }
            if truth.lost_points > 0 {
                eprintln!("error: {} points were not delivered", truth.lost_points);
            }
            ExitCode::from(u8::from(truth.rejected_points > 0 || truth.lost_points > 0))
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &GenerateArgs) -> Result<Truth, SendError> {
    let endpoint = args.endpoint.as_deref().unwrap_or(match args.protocol {
        Protocol::Http => "http://localhost:4318",
        Protocol::Grpc => "http://localhost:4317",
    });
    let framing = if args.chunked { Framing::Chunked } else { Framing::Length };
    let packing = if args.gzip { Packing::Gzip } else { Packing::None };
    let exporter = || Exporter::new(args.protocol, endpoint, framing, packing);
    let Some(rounds) = args.rounds else {
        let play = Play {
            seed: args.seed,
            sessions: args.sessions,
            duration: args.duration,
            interval: args.interval,
            detail: args.detail,
        };
        eprintln!("{} sessions for {:?}, to {endpoint}", args.sessions, args.duration);
        return Ok(with_progress(natural::play(play, exporter()?), Some(args.duration)).await);
    };
    let load = Load {
        seed: args.seed,
        sessions: args.sessions,
        rounds,
        sessions_per_request: args.sessions_per_request.get(),
        connections: args.connections.get(),
        interval: args.interval,
        rate: args.rate,
        detail: args.detail,
        packing,
        histograms: args.histograms,
    };
    let points = args.sessions * steady::STREAMS * rounds;
    eprintln!("{} sessions, {rounds} rounds: {points} points to {endpoint}", args.sessions);
    let exporters: Result<Vec<Exporter>, SendError> = (0..load.connections).map(|_| exporter()).collect();
    Ok(with_progress(steady::run(load, exporters?), None).await)
}

/// Shows a person how long it has been going on, and how long it will.
async fn with_progress(work: impl Future<Output = Truth>, whole: Option<Duration>) -> Truth {
    let mut work = pin!(work);
    if !std::io::stderr().is_terminal() {
        return work.await;
    }
    let whole = whole.map_or(String::new(), |whole| format!(" of {}", whole.as_secs()));
    let clock = Clock::system();
    let mut seconds = 0_u64;
    loop {
        tokio::select! {
            truth = &mut work => {
                eprintln!();
                return truth;
            }
            () = clock.sleep(Duration::from_secs(1)) => {
                seconds += 1;
                eprint!("\r{seconds}{whole} s");
            }
        }
    }
}
