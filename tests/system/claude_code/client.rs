//! A process of Claude Code, with a home of its own and nothing of the environment that the tests run in.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::alluvium::PATIENCE;

/// All processes of a session.
pub struct Client<'a> {
    pub program: &'a Path,
    /// Its home, and the folder that it works in.
    pub home: &'a Path,
    pub protocol: &'a str,
    /// Where metrics go.
    pub endpoint: String,
    /// Milliseconds between two exports.
    pub interval: &'a str,
    /// `key=value` of all metrics, divided by commas.
    pub attributes: String,
}

/// What a process says of itself.
pub struct Said {
    pub session: String,
    /// Of the whole session, in dollars.
    pub cost: f64,
}

/// The program, without what the environment would have it do.
pub fn command(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("TMPDIR", home)
        .env("CLAUDE_CONFIG_DIR", home.join("claude"))
        .env("DISABLE_AUTOUPDATER", "1")
        .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        .current_dir(home)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

impl Client<'_> {
    /// Asks one question, in a new session or in the one before.
    pub async fn ask(&self, api: &str, continues: bool) -> Said {
        let mut command = command(self.program, self.home);
        command.args(["-p", "Write a file.", "--output-format", "json", "--allowedTools", "Write"]);
        if continues {
            command.arg("--continue");
        }
        command
            .env("ANTHROPIC_BASE_URL", api)
            .env("ANTHROPIC_API_KEY", "none")
            .env("CLAUDE_CODE_ENABLE_TELEMETRY", "1")
            .env("OTEL_METRICS_EXPORTER", "otlp")
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", self.protocol)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &self.endpoint)
            .env("OTEL_METRIC_EXPORT_INTERVAL", self.interval)
            .env("OTEL_RESOURCE_ATTRIBUTES", &self.attributes)
            // By default 2 and 5 seconds, which a machine that compiles guests meanwhile may need.
            .env("CLAUDE_CODE_OTEL_SHUTDOWN_TIMEOUT_MS", "60000")
            .env("CLAUDE_CODE_OTEL_FLUSH_TIMEOUT_MS", "60000")
            .env("CLAUDE_CODE_OTEL_DIAG_STDERR", "1");
        let output = tokio::time::timeout(PATIENCE, command.output()).await.expect("it ends").expect("it starts");
        let (said, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{said}{log}");
        let result: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}{log}"));
        assert_eq!(result["is_error"], false, "{said}{log}");
        Said {
            session: result["session_id"].as_str().expect("an id").to_owned(),
            cost: result["total_cost_usd"].as_f64().expect("a cost"),
        }
    }
}
