//! The worker of two tiers as people run it, in front of a server that takes signed writes only, as Amazon Managed Service for
//! Prometheus does. botocore computes each signature again.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

use crate::alluvium::{Alluvium, PATIENCE, Protocol, TELEMETRY};
use crate::sdk;

const KEY: (&str, &str) = ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
const SECRET: (&str, &str) = ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
const TOKEN: (&str, &str) = ("AWS_SESSION_TOKEN", "session-token-of-the-task");

/// The server, and what it says of each request.
struct Amp {
    port: String,
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Amp {
    async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with these environment variables.
    async fn start_with(more: &[(&str, &str)]) -> Self {
        let mut command = sdk::program("amp.py").await;
        command
            .envs([KEY, SECRET, TOKEN])
            .envs(more.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let port = lines.next_line().await.expect("text").expect("a port");
        Self { port, lines, _child: child }
    }

    /// What became of the next request.
    async fn next(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await.expect("a request comes");
        line.expect("text").expect("it runs")
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/workspaces/ws-1/api/v1/remote_write", self.port)
    }
}

fn config() -> String {
    format!(
        "\
receivers:
  otlp: {{protocols: {{grpc: {{endpoint: '127.0.0.1:0'}}}}}}
processors:
  memory_limiter: {{check_interval: 1s, limit_mib: 1024, spike_limit_mib: 256}}
  deltatocumulative: {{max_stale: 5m, max_streams: 10000}}
  batch: {{timeout: 100ms, send_batch_size: 1024, send_batch_max_size: 2048}}
exporters:
  prometheusremotewrite:
    endpoint: ${{AMP_REMOTE_WRITE_ENDPOINT}}
    auth: {{authenticator: sigv4auth}}
    target_info: {{enabled: false}}
    resource_to_telemetry_conversion: {{enabled: true}}
extensions:
  sigv4auth: {{region: '${{AWS_REGION}}', service: aps}}
service:{TELEMETRY}
  extensions: [sigv4auth]
  pipelines:
    metrics:
      receivers: [otlp]
      processors: [memory_limiter, deltatocumulative, batch]
      exporters: [prometheusremotewrite]
"
    )
}

async fn start(amp: &Amp, secret: (&str, &str)) -> Alluvium {
    start_in(amp, &[KEY, secret, TOKEN]).await
}

async fn start_in(amp: &Amp, credentials: &[(&str, &str)]) -> Alluvium {
    let endpoint = amp.endpoint();
    let place = [("AMP_REMOTE_WRITE_ENDPOINT", &*endpoint), ("AWS_REGION", "eu-west-1")];
    let variables = credentials.iter().copied().chain(place).collect::<Vec<_>>();
    Alluvium::start_in(&config(), &variables).await
}

/// Scenario: credentials in the environment. Guarantee: every write is signed, for the region and the service that are
/// configured, and the server takes it.
#[tokio::test]
async fn writes_are_signed() {
    let mut amp = Amp::start().await;
    let alluvium = start(&amp, SECRET).await;
    alluvium.generate(Protocol::Grpc, &["--rounds", "2", "--sessions", "20"]).await;
    assert_eq!(amp.next().await, "signed: eu-west-1 aps");
    let (status, log) = alluvium.signal("TERM").await;
    assert!(status.success(), "{log:#?}");
    drop(amp._child);
    while let Some(line) = amp.lines.next_line().await.expect("text") {
        assert_eq!(line, "signed: eu-west-1 aps");
    }
}

/// Scenario: another secret than the server knows. Guarantee: the write is refused, and neither the secret nor the token is in the
/// log.
#[tokio::test]
async fn a_wrong_secret_is_not_logged() {
    const WRONG: (&str, &str) = ("AWS_SECRET_ACCESS_KEY", "a-secret-that-nobody-knows");
    let mut amp = Amp::start().await;
    let alluvium = start(&amp, WRONG).await;
    alluvium.generate(Protocol::Grpc, &["--rounds", "1", "--sessions", "1"]).await;
    assert_eq!(amp.next().await, "refused: The request signature we calculated does not match");
    let (_, log) = alluvium.signal("TERM").await;
    assert!(log.iter().any(|line| line.contains("403")), "{log:#?}");
    for secret in [WRONG.1, TOKEN.1, "Signature="] {
        assert!(!log.iter().any(|line| line.contains(secret)), "{log:#?}");
    }
}

/// Scenario: credentials that are handed out as to a container, whose token ends after each write. Guarantee: a write that is
/// refused for it is signed anew and sent again as it was, at once, and nothing is lost.
#[tokio::test]
async fn expired_tokens_are_replaced() {
    let mut amp = Amp::start_with(&[("AMP_ROTATES", "yes")]).await;
    let uri = format!("http://127.0.0.1:{}/credentials", amp.port);
    let alluvium = start_in(&amp, &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri)]).await;
    let mut repeated = 0;
    while repeated < 2 {
        alluvium.generate(Protocol::Grpc, &["--rounds", "1", "--sessions", "3"]).await;
        let line = amp.next().await;
        match line.split_once(' ') {
            Some(("expired:", digest)) => {
                let again = amp.next().await;
                assert_eq!(again, format!("signed: eu-west-1 aps {digest}"), "the same, signed anew");
                repeated += 1;
            }
            Some(("signed:", _)) => {}
            _ => panic!("{line}"),
        }
    }
    let (status, log) = alluvium.signal("TERM").await;
    assert!(status.success(), "{log:#?}");
    assert!(!log.iter().any(|line| line.contains("lost") || line.contains("token-")), "{log:#?}");
}

/// Scenario: answers that are the fault of the endpoint or the credentials, whatever their status, once and again. Guarantee: the
/// same write comes after a long pause, and is taken: nothing is lost.
#[tokio::test]
async fn what_is_not_the_fault_of_samples_is_waited_for() {
    let expired =
        r#"{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}"#;
    let answers = serde_json::json!([[400, expired], [400, expired], [404, "no such workspace"]]).to_string();
    let mut amp = Amp::start_with(&[("AMP_ANSWERS", &answers)]).await;
    let alluvium = start(&amp, SECRET).await;
    alluvium.generate(Protocol::Grpc, &["--rounds", "1", "--sessions", "1"]).await;
    let first = amp.next().await;
    let digest = first.strip_prefix("answered: 400 ").unwrap_or_else(|| panic!("{first}")).to_owned();
    assert_eq!(amp.next().await, format!("answered: 400 {digest}"), "credentials were fetched anew");
    // After half a minute each.
    assert_eq!(amp.next().await, format!("answered: 404 {digest}"));
    assert_eq!(amp.next().await, format!("signed: eu-west-1 aps {digest}"));
    let (status, log) = alluvium.signal("TERM").await;
    assert!(status.success(), "{log:#?}");
    assert!(!log.iter().any(|line| line.contains("lost")), "{log:#?}");
}
