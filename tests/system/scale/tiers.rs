//! Two gateways, workers that a name stands for, and a Prometheus behind them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::balancer::Balancer;
use super::name_server::{NameServer, WORKERS};
use super::network::Network;
use crate::alluvium::{Alluvium, PATIENCE, RECEIVERS, TELEMETRY};
use crate::gateway::{gateway, read};
use crate::prometheus::Prometheus;
use crate::raw;
use crate::totals::METRICS;
use crate::truth::Truth;

pub struct Tiers {
    network: Network,
    names: NameServer,
    pub workers: BTreeMap<u8, Alluvium>,
    pub gateways: [Alluvium; 2],
    pub front: Balancer,
    pub prometheus: Prometheus,
}

impl Tiers {
    /// Starts workers with these numbers. None, and a line that says so, where no name server can be had.
    pub async fn start(numbers: &[u8]) -> Option<Self> {
        let started = async {
            let network = Network::new()?;
            let names = NameServer::start(&network).await?;
            Some((network, names))
        };
        let Some((network, names)) = started.await else {
            println!("left out: needs Linux and dnsmasq on the PATH (Debian: apt-get install dnsmasq-base)");
            return None;
        };
        let prometheus = Prometheus::start(&[]).await;
        let config = gateway(&[("load_balancing", balancing(&network, &names))]);
        let (one, two) = tokio::join!(Alluvium::start(&config), Alluvium::start(&config));
        let front = Balancer::start(vec![one.http.clone(), two.http.clone()]).await;
        let gateways = [one, two];
        let mut tiers = Self { network, names, workers: BTreeMap::new(), gateways, front, prometheus };
        for number in numbers {
            tiers.add(*number, &format!("w{number}")).await;
        }
        tiers.list(numbers).await;
        tiers.are_listed(numbers.len()).await;
        Some(tiers)
    }

    /// Starts a worker that writes this label to its series. The name does not stand for it yet.
    pub async fn add(&mut self, number: u8, label: &str) {
        let worker = Alluvium::start(&worker(&self.address(number), label, &self.prometheus)).await;
        self.workers.insert(number, worker);
    }

    /// Where a worker listens.
    pub fn address(&self, number: u8) -> String {
        format!("{}:{}", self.network.host(number), self.network.port)
    }

    /// From now on the name stands for these.
    pub async fn list(&mut self, numbers: &[u8]) {
        let hosts: BTreeSet<String> = numbers.iter().map(|number| self.network.host(*number)).collect();
        self.names.set(&hosts).await;
    }

    /// Waits until both gateways know of so many workers.
    pub async fn are_listed(&self, count: usize) {
        for gateway in &self.gateways {
            until(gateway, |page| read(page, "otelcol_loadbalancer_num_backends") == count as f64).await;
        }
    }

    /// Waits until nothing waits in a gateway for anybody but `except`.
    pub async fn are_drained(&self, except: Option<u8>) {
        let except = except.map(|number| self.address(number));
        for gateway in &self.gateways {
            until(gateway, |page| {
                let lines = page.lines().filter(|line| except.as_ref().is_none_or(|except| !line.contains(except)));
                let mut waiting = lines.filter(|line| line.starts_with("alluvium_forward_queue_bytes{"));
                waiting.all(|line| line.ends_with(" 0"))
            })
            .await;
        }
    }

    /// Waits until both gateways have sent something to a worker.
    pub async fn has_points(&self, number: u8) {
        let address = self.address(number);
        for gateway in &self.gateways {
            until(gateway, |page| read_to(page, "alluvium_forward_sent_points_total", &address) > 0.0).await;
        }
    }

    /// A metric of both gateways together.
    pub async fn of_gateways(&self, name: &str) -> f64 {
        self.of_gateways_to(name, "").await
    }

    /// The same of one endpoint.
    pub async fn of_gateways_to(&self, name: &str, endpoint: &str) -> f64 {
        let mut sum = 0.0;
        for gateway in &self.gateways {
            sum += read_to(&raw::get(&gateway.own, "/metrics").await.text(), name, endpoint);
        }
        sum
    }

    /// The workers have dropped nothing that belongs into Prometheus.
    pub async fn assert_nothing_dropped(&self) {
        for worker in self.workers.values() {
            let page = raw::get(&worker.own, "/metrics").await.text();
            for name in [
                "alluvium_dropped_points_total",
                "alluvium_remote_write_dropped_samples_total",
                "alluvium_remote_write_out_of_order_samples_total",
                "alluvium_remote_write_rejected_samples_total",
            ] {
                assert_eq!(read(&page, name), 0.0, "{name}");
            }
        }
    }

    /// Asks all to stop, gateways first, and returns what wrote the series.
    pub async fn stop(self) -> Prometheus {
        for alluvium in self.gateways.into_iter().chain(self.workers.into_values()) {
            assert!(alluvium.stop().await.success());
        }
        self.prometheus
    }
}

/// Waits until the page of own metrics says so.
pub async fn until(alluvium: &Alluvium, done: impl Fn(&str) -> bool) {
    let waited = async {
        while !done(&raw::get(&alluvium.own, "/metrics").await.text()) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, waited).await.is_err() {
        panic!("it does not come to that: {}", raw::get(&alluvium.own, "/metrics").await.text());
    }
}

/// A counter or gauge of one endpoint.
fn read_to(page: &str, name: &str, endpoint: &str) -> f64 {
    let lines: Vec<&str> = page.lines().filter(|line| line.contains(endpoint)).collect();
    read(&lines.join("\n"), name)
}

/// The last values of all workers' series come to what was sent, to the last bit; nothing was out of order.
pub async fn assert_true(prometheus: &Prometheus, truth: &Truth) {
    for (metric, name) in METRICS {
        let query = format!("sum by (session_id) (last_over_time({name}[1h]))");
        let (found, expected) = (prometheus.query(&query, "session_id").await, truth.of(metric));
        assert!(!expected.is_empty(), "nothing was sent of {metric}");
        let wrong = expected.iter().filter(|(session, total)| found.get(*session) != Some(*total)).take(5);
        let wrong: Vec<_> = wrong.map(|(session, total)| (session, total, found.get(session))).collect();
        assert!(wrong.is_empty() && found.len() == expected.len(), "{name}: sent, and found: {wrong:?}");
    }
    assert_eq!(prometheus.out_of_order().await, 0.0);
}

fn balancing(network: &Network, names: &NameServer) -> String {
    format!(
        "{{protocol: {{otlp: {{timeout: 1s, tls: {{insecure: true}}}}}}, routing_key: streamID, resolver: {{dns: {{hostname: {WORKERS}, \
         port: '{}', interval: 1s, nameservers: ['{}']}}}}}}",
        network.port, names.address
    )
}

fn worker(address: &str, label: &str, prometheus: &Prometheus) -> String {
    let receivers = RECEIVERS.replace("grpc: {endpoint: '127.0.0.1:0'}", &format!("grpc: {{endpoint: '{address}'}}"));
    format!(
        "{receivers}
processors:
  memory_limiter: {{check_interval: 1s, limit_mib: 1024, spike_limit_mib: 256}}
  deltatocumulative: {{max_stale: 30m, max_streams: 100000}}
  batch: {{timeout: 1s, send_batch_size: 1024, send_batch_max_size: 2048}}
exporters:
  prometheusremotewrite:
    endpoint: {}
    external_labels: {{worker: {label}}}
    resource_to_telemetry_conversion: {{enabled: true}}
service:{TELEMETRY}
  pipelines:
    metrics:
      receivers: [otlp]
      processors: [memory_limiter, deltatocumulative, batch]
      exporters: [prometheusremotewrite]
",
        prometheus.write_url()
    )
}
