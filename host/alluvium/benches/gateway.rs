//! The gateway tier as a whole: OTLP in, each stream to one of three workers; the real binary on one core, load and workers on
//! another. Prints points a CPU-second (user and system time of the whole process until everything has arrived) and peak
//! memory, and checks that every point has arrived and each stream at one worker.
//!
//! `cargo bench --bench gateway -- --help`
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    reason = "what panics has failed; time and sizes are real"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Parser as _;
use generate::model::Detail;
use generate::send::{Exporter, Framing, Packing, Protocol};
use generate::steady::{self, Load, STREAMS};
use generate::truth::Truth;
use process::{System, environment, free_port, pin};
use workers::{Found, Workers};

#[path = "process/mod.rs"]
mod process;
#[path = "workers/mod.rs"]
mod workers;

/// The gateway tier, measured as a whole.
#[derive(Debug, Clone, clap::Parser)]
struct Args {
    /// Sessions; each has twelve streams.
    #[arg(long, default_value_t = 10_000)]
    sessions: usize,
    /// Points of each stream.
    #[arg(long, default_value_t = 42)]
    rounds: usize,
    /// Sessions in a request.
    #[arg(long, default_value_t = 50)]
    sessions_per_request: usize,
    /// Requests at once.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// How to send.
    #[arg(long, value_enum, default_value_t = Protocol::Http)]
    protocol: Protocol,
    /// Compress with gzip what is sent to the gateway.
    #[arg(long)]
    gzip: bool,
    /// How the gateway compresses: none, gzip, zstd or snappy.
    #[arg(long, default_value = "none")]
    egress: String,
    /// How much points say.
    #[arg(long, value_enum, default_value_t = Detail::Lean)]
    detail: Detail,
    /// Workers behind the gateway.
    #[arg(long, default_value_t = 3)]
    workers: usize,
    /// Measure another binary that takes the same configuration, such as an OpenTelemetry Collector, beside this one.
    #[arg(long)]
    peer: Option<PathBuf>,
    /// Measure only the peer.
    #[arg(long, requires = "peer")]
    peer_only: bool,
    /// Runs of each.
    #[arg(long, default_value_t = 1)]
    runs: usize,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    pin(std::process::id(), 1);
    environment();
    println!(
        "{} streams, {} points, {} a request, {:?}{} in, {} out, {:?} detail, {} workers",
        args.sessions * STREAMS,
        args.sessions * STREAMS * args.rounds,
        args.sessions_per_request * STREAMS,
        args.protocol,
        if args.gzip { " gzip" } else { "" },
        args.egress,
        args.detail,
        args.workers,
    );
    println!(
        "{:>12} {:>8} {:>8} {:>9} {:>14} {:>9} {:>9} {:>9}",
        "system", "wall s", "cpu s", "B/point", "points/cpu-s", "peak MB", "out B/pt", "points/rq"
    );
    for _ in 0..args.runs {
        if !args.peer_only {
            measure("alluvium", Path::new(env!("CARGO_BIN_EXE_alluvium")), &args).await?;
        }
        if let Some(peer) = &args.peer {
            measure("peer", peer, &args).await?;
        }
    }
    Ok(())
}

async fn measure(name: &str, binary: &Path, args: &Args) -> Result<(), Box<dyn Error>> {
    let workers = Workers::start(args.workers).await?;
    let ports = [free_port()?, free_port()?];
    let folder = std::env::temp_dir().join(format!("gateway-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let config = folder.join("gateway.yaml");
    std::fs::write(&config, configuration(ports, &workers, &args.egress))?;
    let mut system = System::start(name, binary, &config, 1)?;
    system.wait_for_port(ports[1]).await?;

    let port = if args.protocol == Protocol::Grpc { ports[0] } else { ports[1] };
    let endpoint = format!("http://127.0.0.1:{port}");
    let packing = if args.gzip { Packing::Gzip } else { Packing::None };
    let exporters: Result<Vec<_>, _> =
        (0..args.connections).map(|_| Exporter::new(args.protocol, &endpoint, Framing::Length, packing)).collect();
    let load = Load {
        seed: 1,
        sessions: args.sessions,
        rounds: args.rounds,
        sessions_per_request: args.sessions_per_request,
        connections: args.connections,
        interval: Duration::from_secs(60),
        rate: None,
        detail: args.detail,
        packing,
        histograms: false,
    };
    let begun = Instant::now();
    let before = system.cpu()?;
    let truth = steady::run(load, exporters?).await;
    workers.wait_for(truth.points).await;
    let cpu = system.cpu()? - before;
    let wall = begun.elapsed();
    let peak = system.memory("VmHWM")?;
    let found = workers.found();
    println!(
        "{name:>12} {:>8.1} {:>8.2} {:>9} {:>14.0} {:>9.0} {:>9.0} {:>9.0}",
        wall.as_secs_f64(),
        cpu.as_secs_f64(),
        truth.bytes / truth.points.max(1),
        truth.points as f64 / cpu.as_secs_f64(),
        peak as f64 / 1e6,
        found.bytes as f64 / found.points as f64,
        found.points as f64 / found.requests as f64,
    );
    let shares: Vec<u64> = found.shares.iter().map(|share| share * 100 / found.points.max(1)).collect();
    println!("{:>12} of the points in %: {shares:?}", "workers got");
    compare(&truth, &found)?;
    system.stop()?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// No point lost, none twice, all values there, and each stream at one worker.
fn compare(truth: &Truth, found: &Found) -> Result<(), Box<dyn Error>> {
    if truth.lost_points > 0 || truth.points != found.points {
        return Err(format!("{} sent, {} not taken, {} found", truth.points, truth.lost_points, found.points).into());
    }
    if found.strays > 0 {
        return Err(format!("{} points came to another worker than others of their stream", found.strays).into());
    }
    let truth = truth.to_json();
    let sessions = truth["sessions"].as_object().ok_or("no sessions")?;
    let totals = sessions.values().filter_map(|totals| totals.as_object()).flat_map(|totals| totals.values());
    let expected: f64 = totals.filter_map(serde_json::Value::as_f64).sum();
    // Sums of the same numbers in another order.
    if (found.sum - expected).abs() > expected.abs() * 1e-9 {
        return Err(format!("the sum of all values is {} in place of {expected}", found.sum).into());
    }
    Ok(())
}

fn configuration([grpc, http]: [u16; 2], workers: &Workers, egress: &str) -> String {
    let hosts: Vec<String> = workers.addresses.iter().map(|address| format!("'{address}'")).collect();
    format!(
        "receivers:
  otlp:
    protocols:
      grpc: {{endpoint: 127.0.0.1:{grpc}, max_recv_msg_size_mib: 64}}
      http: {{endpoint: 127.0.0.1:{http}}}
processors:
  memory_limiter: {{check_interval: 1s, limit_mib: 12000, spike_limit_mib: 1000}}
exporters:
  loadbalancing:
    protocol: {{otlp: {{timeout: 10s, compression: {egress}, tls: {{insecure: true}}}}}}
    resolver: {{static: {{hostnames: [{}]}}}}
    routing_key: streamID
service:
  telemetry: {{metrics: {{level: none}}, logs: {{level: warn}}}}
  pipelines:
    metrics: {{receivers: [otlp], processors: [memory_limiter], exporters: [loadbalancing]}}
",
        hosts.join(", ")
    )
}
