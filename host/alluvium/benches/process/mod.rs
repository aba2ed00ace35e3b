//! The process that is measured, and the machine.

use std::error::Error;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Prints what machine this is.
pub fn environment() {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{}; {} cores; Linux {}", model.unwrap_or("unknown"), cores, read("/proc/sys/kernel/osrelease").trim());
}

/// A port that is free now.
pub fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Pins a process to a core, where the machine has `taskset` and more than one.
pub fn pin(process: u32, core: u32) {
    let _ = Command::new("taskset")
        .args(["-a", "-cp", &core.to_string(), &process.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// The system that is measured.
pub struct System(Child);

impl System {
    /// Starts it on the first core.
    pub fn start(name: &str, binary: &Path, config: &Path, shards: usize) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(binary);
        if name == "alluvium" {
            command.args(["run", "--shards", &shards.to_string()]);
        }
        command.arg("--config").arg(config).stdout(Stdio::null());
        Ok(Self(command.spawn()?))
    }

    /// Waits until it listens.
    pub async fn wait_for_port(&mut self, port: u16) -> Result<(), Box<dyn Error>> {
        for _ in 0..600 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(());
            }
            if let Some(status) = self.0.try_wait()? {
                return Err(format!("it ended: {status}").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("it does not listen".into())
    }

    /// User and system time so far.
    pub fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        /// Linux counts these in hundredths of a second on all common architectures.
        const TICKS: u64 = 100;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        Ok(Duration::from_millis(ticks * 1000 / TICKS))
    }

    /// A line of `/proc/PID/status`, in bytes.
    pub fn memory(&self, key: &str) -> Result<u64, Box<dyn Error>> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find(|line| line.starts_with(key)).ok_or("no such line")?;
        let kilobytes: u64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
        Ok(kilobytes * 1024)
    }

    /// Asks it to stop, and waits for that.
    pub fn stop(&mut self) -> Result<(), Box<dyn Error>> {
        Command::new("kill").arg(self.0.id().to_string()).status()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
