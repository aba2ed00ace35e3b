//! A real Prometheus: the one on the path, or Debian's package, unpacked where tests keep such things.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command as Blocking, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::alluvium::PATIENCE;
use crate::debian;
use crate::raw;

pub struct Prometheus {
    address: String,
    _child: Child,
    _folder: TempDir,
}

impl Prometheus {
    /// Starts one that takes remote writes and scrapes `targets`.
    pub async fn start(targets: &[&str]) -> Self {
        Self::start_with(targets, "").await
    }

    /// The same with more lines of configuration.
    pub async fn start_with(targets: &[&str], more: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let config = folder.path().join("prometheus.yml");
        let targets = serde_json::to_string(targets).expect("JSON");
        let scrape = format!(
            "global: {{scrape_interval: 3s}}\nscrape_configs:\n- job_name: alluvium\n  honor_labels: true\n  \
             static_configs: [{{targets: {targets}}}]\n{more}\n"
        );
        std::fs::write(&config, scrape).expect("a configuration");
        let mut child = Command::new(binary())
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .args([
                "--web.listen-address=127.0.0.1:0",
                "--web.enable-remote-write-receiver",
                "--enable-feature=exemplar-storage",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Prometheus starts");
        let mut log = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let ready = async {
            let (mut address, mut is_ready) = (None, false);
            while let Some(line) = log.next_line().await.expect("a log") {
                if line.contains("Listening on") {
                    address = line.split("address=").nth(1).map(|rest| rest.trim().to_owned());
                }
                is_ready |= line.contains("Server is ready");
                if is_ready && address.is_some() {
                    return address.unwrap_or_default();
                }
            }
            panic!("Prometheus ended before it was ready");
        };
        let address = tokio::time::timeout(PATIENCE, ready).await.expect("Prometheus becomes ready");
        // Nobody reads on; a full pipe would stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        Self { address, _child: child, _folder: folder }
    }

    pub fn write_url(&self) -> String {
        format!("http://{}/api/v1/write", self.address)
    }

    /// Evaluates an instant query now; values by the label `by`.
    pub async fn query(&self, query: &str, by: &str) -> BTreeMap<String, f64> {
        let series = self.series(query).await.into_iter();
        series.map(|(mut labels, value)| (labels.remove(by).unwrap_or_default(), value)).collect()
    }

    /// The same, values by all labels.
    pub async fn series(&self, query: &str) -> Vec<(BTreeMap<String, String>, f64)> {
        let data = self.get(&format!("/api/v1/query?query={}", escaped(query))).await;
        let series = data["result"].as_array().expect("a vector").iter().map(|series| {
            let value = series["value"][1].as_str().expect("a value").parse().expect("a number");
            (serde_json::from_value(series["metric"].clone()).expect("labels"), value)
        });
        series.collect()
    }

    /// Exemplars of today: labels of each series, and its exemplars.
    pub async fn exemplars(&self, selector: &str) -> Vec<(Value, Vec<Value>)> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
        let (start, end) = (now - 86_400, now + 86_400);
        let path = format!("/api/v1/query_exemplars?query={}&start={start}&end={end}", escaped(selector));
        let data = self.get(&path).await;
        let series =
            data.as_array().expect("a list").iter().map(|series| {
                (series["seriesLabels"].clone(), series["exemplars"].as_array().expect("a list").clone())
            });
        series.collect()
    }

    /// How many samples it has refused as they were older than what it had of their series.
    pub async fn out_of_order(&self) -> f64 {
        let page = raw::get(&self.address, "/metrics").await.text();
        let lines = page.lines().filter(|line| line.starts_with("prometheus_tsdb_out_of_order_samples_total"));
        let counts: Vec<f64> = lines.filter_map(|line| line.rsplit(' ').next()?.parse().ok()).collect();
        assert!(!counts.is_empty(), "Prometheus counts them");
        counts.iter().sum()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = raw::get(&self.address, path).await;
        let mut answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(answer["status"], "success", "{answer}");
        answer["data"].take()
    }
}

fn escaped(query: &str) -> String {
    query.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The program; fetched once.
fn binary() -> &'static Path {
    const HELP: &str = "these tests need Prometheus 2.42 or later on the PATH (Debian: apt-get install prometheus)";
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let unpacked = || Some(debian::unpacked("prometheus", &["prometheus"])?.join("usr/bin/prometheus"));
        debian::on_path("prometheus").or_else(unpacked).expect(HELP)
    })
}

/// What `promtool`, of the same package, has to say of a page.
pub fn check_metrics(page: &str) -> String {
    use std::io::Write as _;

    let promtool = binary().with_file_name("promtool");
    let mut check = Blocking::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool starts");
    check.stdin.take().expect("a pipe").write_all(page.as_bytes()).expect("it reads");
    let output = check.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}
