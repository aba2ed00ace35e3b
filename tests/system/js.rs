//! The real OpenTelemetry JS SDK, from npm.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::alluvium::PATIENCE;
use crate::truth::Truth;

/// Plays some of Claude Code's counters through the SDK, over a protocol and with a compression, as they are called in
/// the SDK's environment. Each value is counted `factor` times.
pub async fn claude_code(protocol: &str, compression: &str, endpoint: &str, factor: u32, sessions: &[&str]) -> Truth {
    let script = packages().await.join("claude-code.mjs");
    let mut command = Command::new("node");
    command
        .arg(script)
        .args([protocol, endpoint, &factor.to_string()])
        .args(sessions)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command.env("OTEL_EXPORTER_OTLP_COMPRESSION", compression);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.expect("it ends").expect("node");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Truth::read(&output.stdout)
}

/// The folder of the scripts with their packages; installed once, outside of the sources.
async fn packages() -> &'static Path {
    static FOLDER: OnceCell<PathBuf> = OnceCell::const_new();
    FOLDER.get_or_init(install).await
}

async fn install() -> PathBuf {
    const HELP: &str = "these tests need Node 18.19 or later with npm on the PATH";
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("js");
    std::fs::create_dir_all(&folder).expect("a folder");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/system/js");
    let lock = std::fs::read(sources.join("package-lock.json")).expect("a lock file");
    let installed = std::fs::read(folder.join("package-lock.json")).is_ok_and(|before| before == lock);
    for name in [".npmrc", "package.json", "claude-code.mjs"] {
        std::fs::copy(sources.join(name), folder.join(name)).expect("a copy");
    }
    if !installed || !folder.join("node_modules").is_dir() {
        std::fs::write(folder.join("package-lock.json"), &lock).expect("a copy");
        let npm = Command::new("npm").arg("ci").current_dir(&folder).stdin(Stdio::null()).output().await.expect(HELP);
        assert!(npm.status.success(), "{HELP}; npm said: {}", String::from_utf8_lossy(&npm.stderr));
    }
    folder
}
