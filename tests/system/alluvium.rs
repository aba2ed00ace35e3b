//! The binary under test: started, found by what it logs, and stopped.

use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use crate::truth::Truth;

const BINARY: &str = env!("CARGO_BIN_EXE_alluvium");

/// Who waits longer waits for something that does not come. Starting compiles the guests, in a debug build.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The telemetry section that lets a test find what it started.
pub const TELEMETRY: &str = "
  telemetry:
    logs: {encoding: json}
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0}}}}]}";

/// Receivers on ports that the system chooses.
pub const RECEIVERS: &str = "
receivers:
  otlp:
    protocols:
      grpc: {endpoint: '127.0.0.1:0'}
      http: {endpoint: '127.0.0.1:0'}";

pub struct Alluvium {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    /// `host:port` of each.
    pub http: String,
    pub grpc: String,
    pub scrape: String,
    pub own: String,
    pub health: String,
    _config: NamedTempFile,
}

/// How a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Http,
    Grpc,
}

impl Alluvium {
    /// Starts the binary on a configuration, and waits until it is ready.
    pub async fn start(config: &str) -> Self {
        Self::start_in(config, &[]).await
    }

    /// The same with these environment variables.
    pub async fn start_in(config: &str, variables: &[(&str, &str)]) -> Self {
        let file = NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), config).expect("a configuration");
        let mut child = Command::new(BINARY)
            .args(["run", "--config"])
            .arg(file.path())
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary starts");
        let log = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let mut started = Self {
            child,
            log,
            http: String::new(),
            grpc: String::new(),
            scrape: String::new(),
            own: String::new(),
            health: String::new(),
            _config: file,
        };
        tokio::time::timeout(PATIENCE, started.read_addresses()).await.expect("it becomes ready");
        started
    }

    async fn read_addresses(&mut self) {
        loop {
            let line = self.log.next_line().await.expect("a log").expect("it runs until it is ready");
            let Ok(event) = serde_json::from_str::<Value>(&line) else { panic!("not a log line: {line}") };
            let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
            match (text("message").as_str(), text("transport").as_str()) {
                ("listening", "http") => self.http = text("address"),
                ("listening", "grpc") => self.grpc = text("address"),
                ("serving totals", _) => self.scrape = text("address"),
                ("serving health checks", _) => self.health = text("address"),
                ("serving own metrics", _) => self.own = text("address"),
                ("ready", _) => return,
                _ => {}
            }
        }
    }

    /// Plays Claude Code against it.
    pub async fn generate(&self, protocol: Protocol, args: &[&str]) -> Truth {
        let (name, address) = match protocol {
            Protocol::Http => ("http", &self.http),
            Protocol::Grpc => ("grpc", &self.grpc),
        };
        generate(address, &[&["--protocol", name], args].concat()).await
    }

    /// Asks it to stop, as a container platform does.
    pub async fn stop(self) -> ExitStatus {
        self.signal("TERM").await.0
    }

    /// Sends a signal; returns how it ended, and what it logged from here on.
    pub async fn signal(mut self, name: &str) -> (ExitStatus, Vec<String>) {
        self.tell(name).await;
        let end = async {
            let mut lines = Vec::new();
            while let Some(line) = self.log.next_line().await.expect("a log") {
                lines.push(line);
            }
            (self.child.wait().await.expect("it ends"), lines)
        };
        tokio::time::timeout(PATIENCE, end).await.expect("it ends")
    }

    /// Sends a signal that does not end it.
    pub async fn tell(&self, signal: &str) {
        let id = self.process().to_string();
        let sent = Command::new("kill").args([&format!("-{signal}"), &id]).status().await.expect("kill");
        assert!(sent.success());
    }

    pub fn process(&self) -> u32 {
        self.child.id().expect("it runs")
    }
}

/// Plays Claude Code against whoever is at an address.
pub async fn generate(address: &str, args: &[&str]) -> Truth {
    let endpoint = format!("http://{address}");
    let output = run(&[&["generate", "--endpoint", &endpoint], args].concat()).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Truth::read(&output.stdout)
}

/// Runs the binary to its end.
pub async fn run(args: &[&str]) -> Output {
    run_on(args, Stdio::null()).await
}

/// The same with something to read.
pub async fn run_on(args: &[&str], input: impl Into<Stdio>) -> Output {
    let command = Command::new(BINARY).args(args).stdin(input).kill_on_drop(true).output();
    tokio::time::timeout(PATIENCE, command).await.expect("it ends").expect("it starts")
}
