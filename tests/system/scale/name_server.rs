//! A real DNS server, dnsmasq: the one on the path, or Debian's package.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;

use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use super::network::Network;
use crate::alluvium::PATIENCE;
use crate::debian;

/// The name that stands for all workers.
pub const WORKERS: &str = "workers.test";

/// What it needs beside what a small Debian has.
const PACKAGES: [&str; 8] = [
    "dnsmasq-base",
    "libnetfilter-conntrack3",
    "libnfnetlink0",
    "libmnl0",
    "libnftables1",
    "libnftnl11",
    "libxtables12",
    "libjansson4",
];

pub struct NameServer {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    records: NamedTempFile,
    /// `host:port` of it.
    pub address: String,
}

impl NameServer {
    /// Starts one that knows no worker; none where there is no dnsmasq.
    pub async fn start(network: &Network) -> Option<Self> {
        let mut command = Command::new(debian::on_path("dnsmasq").or_else(|| unpacked().map(|(program, _)| program))?);
        if let Some((_, libraries)) = unpacked().filter(|(program, _)| command.as_std().get_program() == program) {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        let records = NamedTempFile::new().expect("a file");
        let (host, port) = (network.host(53), network.port);
        // Who starts as root would read the records as somebody else.
        let user = Command::new("id").arg("-un").output().await.expect("id").stdout;
        let mut child = command
            .args(["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file="])
            .args(["--bind-interfaces", "--log-facility=-"])
            .arg(format!("--user={}", String::from_utf8_lossy(&user).trim()))
            .arg(format!("--addn-hosts={}", records.path().display()))
            .args([format!("--listen-address={host}"), format!("--port={port}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .ok()?;
        let log = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let mut started = Self { child, log, records, address: format!("{host}:{port}") };
        started.has_read().await.then_some(started)
    }

    /// From now on the name stands for these hosts.
    pub async fn set(&mut self, hosts: &BTreeSet<String>) {
        let records: String = hosts.iter().map(|host| format!("{host} {WORKERS}\n")).collect();
        std::fs::write(self.records.path(), records).expect("the records");
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-HUP", &id]).status().await.expect("kill");
        assert!(sent.success() && self.has_read().await, "dnsmasq reads its records");
    }

    /// Waits until it has read the records; false if it ends before.
    async fn has_read(&mut self) -> bool {
        let path = self.records.path().display().to_string();
        let read = async {
            while let Some(line) = self.log.next_line().await.expect("a log") {
                if line.contains("read ") && line.contains(&path) {
                    return true;
                }
            }
            false
        };
        tokio::time::timeout(PATIENCE, read).await.expect("dnsmasq says that it reads")
    }
}

/// The program of Debian's package, and where its libraries are.
fn unpacked() -> Option<(PathBuf, PathBuf)> {
    let folder = debian::unpacked("dnsmasq", &PACKAGES)?;
    let libraries = std::fs::read_dir(folder.join("usr/lib")).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let libraries = libraries.into_iter().find(|path| path.join("libmnl.so.0").exists())?;
    Some((folder.join("usr/sbin/dnsmasq"), libraries))
}
