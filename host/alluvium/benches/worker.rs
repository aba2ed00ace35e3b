//! The main job as a whole: OTLP in, deltas added up by the guest, remote write out; the real binary on one core, load and
//! sink on another. Prints points a CPU-second (user and system time of the whole process until everything has arrived),
//! peak memory and bytes a stream, and checks every total.
//!
//! `cargo bench --bench worker -- --help`
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    reason = "what panics has failed; time and sizes are real"
)]

use std::collections::HashMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Parser as _;
use generate::model::Detail;
use generate::send::{Exporter, Framing, Packing, Protocol};
use generate::steady::{self, Load, STREAMS};
use generate::truth::Truth;
use process::{System, environment, free_port, pin};
use sink::Sink;

#[path = "process/mod.rs"]
mod process;
#[path = "sink/mod.rs"]
mod sink;

/// Twelve buckets, the sum and the count.
const SERIES_OF_A_HISTOGRAM: u64 = 14;

/// The main job, measured as a whole.
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
    /// Compress with gzip.
    #[arg(long)]
    gzip: bool,
    /// How much points say.
    #[arg(long, value_enum, default_value_t = Detail::Lean)]
    detail: Detail,
    /// Histograms of eleven bounds in place of counters.
    #[arg(long)]
    histograms: bool,
    /// Measure another binary that takes the same configuration, such as an OpenTelemetry Collector, beside this one.
    #[arg(long)]
    peer: Option<PathBuf>,
    /// Measure only the peer.
    #[arg(long, requires = "peer")]
    peer_only: bool,
    /// Runs of each.
    #[arg(long, default_value_t = 1)]
    runs: usize,
    /// Shards of this binary.
    #[arg(long, default_value_t = 1)]
    shards: usize,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    pin(std::process::id(), 1);
    environment();
    let points = args.sessions * STREAMS * args.rounds;
    println!(
        "{} streams{}, {} points, {} a request, {:?}{}, {:?} detail",
        args.sessions * STREAMS,
        if args.histograms { " of histograms" } else { "" },
        points,
        args.sessions_per_request * STREAMS,
        args.protocol,
        if args.gzip { " gzip" } else { "" },
        args.detail,
    );
    println!(
        "{:>12} {:>8} {:>8} {:>9} {:>14} {:>9} {:>9}",
        "system", "wall s", "cpu s", "B/point", "points/cpu-s", "peak MB", "B/stream"
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
    let sink = Sink::start().await?;
    let ports = [free_port()?, free_port()?];
    let folder = std::env::temp_dir().join(format!("worker-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let config = folder.join("worker.yaml");
    std::fs::write(&config, configuration(ports, sink.address.port()))?;
    let mut system = System::start(name, binary, &config, args.shards)?;
    system.wait_for_port(ports[1]).await?;
    let idle = system.memory("VmRSS")?;

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
        histograms: args.histograms,
    };
    let begun = tokio::time::Instant::now();
    let before = system.cpu()?;
    let truth = steady::run(load, exporters?).await;
    let series = if args.histograms { SERIES_OF_A_HISTOGRAM } else { 1 };
    let wall = sink.wait_for(truth.points * series).await - begun;
    let cpu = system.cpu()? - before;
    let peak = system.memory("VmHWM")?;
    let streams = (args.sessions * STREAMS) as f64;
    println!(
        "{name:>12} {:>8.1} {:>8.2} {:>9} {:>14.0} {:>9.0} {:>9.0}",
        wall.as_secs_f64(),
        cpu.as_secs_f64(),
        truth.bytes / truth.points.max(1),
        truth.points as f64 / cpu.as_secs_f64(),
        peak as f64 / 1e6,
        (peak.saturating_sub(idle)) as f64 / streams,
    );
    compare(&truth, &sink)?;
    system.stop()?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Every total of every session, and no point lost.
fn compare(truth: &Truth, sink: &Sink) -> Result<(), Box<dyn Error>> {
    if truth.lost_points > 0 {
        return Err(format!("{} points were not taken", truth.lost_points).into());
    }
    let found = sink.totals();
    let truth = truth.to_json();
    let sessions = truth["sessions"].as_object().ok_or("no sessions")?;
    let mut wrong = 0;
    for (session, totals) in sessions {
        for (metric, expected) in totals.as_object().ok_or("no totals")? {
            let key = (session.clone(), metric.clone());
            if found.get(&key).copied() != expected.as_f64() {
                wrong += 1;
                if wrong <= 3 {
                    eprintln!("{key:?}: expected {expected}, found {:?}", found.get(&key));
                }
            }
        }
    }
    if wrong > 0 { Err(format!("{wrong} totals are wrong").into()) } else { Ok(()) }
}

fn configuration([grpc, http]: [u16; 2], sink: u16) -> String {
    format!(
        "receivers:
  otlp:
    protocols:
      grpc: {{endpoint: 127.0.0.1:{grpc}, max_recv_msg_size_mib: 64}}
      http: {{endpoint: 127.0.0.1:{http}}}
processors:
  memory_limiter: {{check_interval: 1s, limit_mib: 12000, spike_limit_mib: 1000}}
  deltatocumulative: {{max_stale: 30m, max_streams: 2000000}}
  batch: {{timeout: 1s, send_batch_size: 2048, send_batch_max_size: 4096}}
exporters:
  prometheusremotewrite:
    endpoint: http://127.0.0.1:{sink}/api/v1/write
    resource_to_telemetry_conversion: {{enabled: true}}
    remote_write_queue: {{enabled: true, queue_size: 10000}}
service:
  telemetry: {{metrics: {{level: none}}, logs: {{level: warn}}}}
  pipelines:
    metrics: {{receivers: [otlp], processors: [memory_limiter, deltatocumulative, batch], exporters: [prometheusremotewrite]}}
"
    )
}

/// Totals by session and metric.
type Totals = HashMap<(String, String), f64>;

/// What the sink shares between its connections.
type Shared<T> = Arc<Mutex<T>>;
