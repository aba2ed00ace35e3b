//! Claude Code as it comes from npm: fetched when the test runs, kept beside what was compiled, never shipped.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::client;

/// How long the first installation may take: some 100 MB are fetched.
const INSTALLATION: Duration = Duration::from_secs(600);

/// What npm says if it is the lock file that is wrong, and not the machine or its network.
const OWN_MISTAKES: [&str; 2] = ["EINTEGRITY", "EUSAGE"];

/// The program; none where it cannot be had.
pub async fn program() -> Option<PathBuf> {
    let found = find().await;
    if let Err(reason) = &found {
        // Not by a macro: the harness would keep it to itself.
        let _ = writeln!(std::io::stderr(), "no Claude Code from npm: its test is left out ({reason})");
    }
    found.ok()
}

async fn find() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("claude-code");
    std::fs::create_dir_all(&folder).expect("a folder");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/system/claude_code/npm");
    let wanted = std::fs::read(sources.join("package-lock.json")).expect("a lock file");
    let mark = folder.join("installed.json");
    if std::fs::read(&mark).is_ok_and(|installed| installed == wanted)
        && let Ok(program) = installed(&folder).await
    {
        return Ok(program);
    }
    install(&sources, &folder).await?;
    let program = installed(&folder).await?;
    // Only now: npm also succeeds without what it takes for optional.
    std::fs::write(mark, wanted).expect("a copy");
    Ok(program)
}

async fn install(sources: &Path, folder: &Path) -> Result<(), String> {
    for name in [".npmrc", "package.json", "package-lock.json"] {
        std::fs::copy(sources.join(name), folder.join(name)).expect("a copy");
    }
    let ended = end(Command::new("npm").arg("ci").current_dir(folder)).await;
    if let Err(reason) = &ended {
        assert!(!OWN_MISTAKES.iter().any(|mistake| reason.contains(mistake)), "{reason}");
    }
    ended
}

/// There is a package for each kind of machine; where npm has brought several, one of them runs.
async fn installed(folder: &Path) -> Result<PathBuf, String> {
    let packages = std::fs::read_dir(folder.join("node_modules/@anthropic-ai")).map_err(|error| error.to_string())?;
    for program in packages.filter_map(Result::ok).map(|package| package.path().join("claude")) {
        if program.is_file() && end(client::command(&program, folder).arg("--version")).await.is_ok() {
            return Ok(program);
        }
    }
    Err("npm has brought none that runs on this machine".to_owned())
}

/// Waits for a command; an error is one line.
async fn end(command: &mut Command) -> Result<(), String> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    let ended = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let ended = tokio::time::timeout(INSTALLATION, ended).await;
    let output = ended.map_err(|_| format!("{name} did not end"))?.map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let log = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<&str> = log.lines().filter(|line| line.contains("error")).take(2).collect();
    Err(format!("{name}: {}", errors.join("; ")))
}
