//! The real OpenTelemetry SDKs for Python and Go, each with a program that makes metrics of every kind and says, by a
//! reader of its own, what they add up to.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::alluvium::PATIENCE;

/// How long a first installation or a first build may take.
const INSTALLATION: Duration = Duration::from_secs(600);

/// How a client sends.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    /// `grpc` or `http/protobuf`.
    pub protocol: &'static str,
    /// Whether it compresses.
    pub gzip: bool,
    /// `delta` or `cumulative`.
    pub temporality: &'static str,
    /// `service.instance.id`.
    pub instance: &'static str,
}

/// What the Python SDK says that it measured, one entry a stream.
pub async fn python(way: Way, endpoint: &str) -> Vec<Value> {
    run(program("metrics.py").await, way, endpoint).await
}

/// A program in Python, with the packages that it needs.
pub async fn program(name: &str) -> Command {
    static FOLDER: OnceCell<PathBuf> = OnceCell::const_new();
    let folder = FOLDER.get_or_init(install_python).await;
    let mut command = Command::new(folder.join("venv/bin/python"));
    command.arg(sources("python").join(name));
    command
}

/// What the Go SDK says that it measured; none where there is no Go.
pub async fn go(way: Way, endpoint: &str) -> Option<Vec<Value>> {
    static BINARY: OnceCell<Option<PathBuf>> = OnceCell::const_new();
    let binary = BINARY.get_or_init(build_go).await.as_ref()?;
    Some(run(Command::new(binary), way, endpoint).await)
}

async fn run(mut command: Command, way: Way, endpoint: &str) -> Vec<Value> {
    command.args([way.protocol, endpoint, way.temporality, way.instance]).stdin(Stdio::null()).kill_on_drop(true);
    for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("OTEL_")) {
        command.env_remove(key);
    }
    if way.gzip {
        command.env("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip");
    }
    let output = tokio::time::timeout(PATIENCE, command.output()).await.expect("it ends").expect("it starts");
    assert!(output.status.success(), "{way:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn sources(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/system").join(language)
}

fn folder(language: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(language);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A virtual environment with the pinned packages; made once, outside of the sources.
async fn install_python() -> PathBuf {
    const HELP: &str = "these tests need Python 3.10 or later with venv (Debian: apt-get install python3-venv)";
    let folder = folder("python");
    let wanted = std::fs::read(sources("python").join("requirements.txt")).expect("requirements");
    let mark = folder.join("requirements.txt");
    if std::fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return folder;
    }
    let mut environment = Command::new("python3");
    succeed(environment.args(["-m", "venv", "--clear"]).arg(folder.join("venv")), HELP).await;
    let mut packages = Command::new(folder.join("venv/bin/pip"));
    packages.args(["install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r"]);
    succeed(packages.arg(sources("python").join("requirements.txt")), HELP).await;
    std::fs::write(mark, wanted).expect("a copy");
    folder
}

/// The Go program; built where there is a Go that can.
async fn build_go() -> Option<PathBuf> {
    const HELP: &str = "the Go client needs Go 1.26 or later";
    let binary = folder("go").join("metrics");
    let there = Command::new("go").arg("version").output().await.is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("no Go on the PATH: its SDK is left out");
        return None;
    }
    let mut build = Command::new("go");
    succeed(build.arg("build").arg("-C").arg(sources("go")).arg("-o").arg(&binary).arg("."), HELP).await;
    Some(binary)
}

async fn succeed(command: &mut Command, help: &str) {
    let output = tokio::time::timeout(INSTALLATION, command.stdin(Stdio::null()).output()).await;
    let output = output.expect("it ends").unwrap_or_else(|error| panic!("{help}: {error}"));
    assert!(output.status.success(), "{help}; it said: {}", String::from_utf8_lossy(&output.stderr));
}
