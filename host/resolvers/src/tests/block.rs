//! The block `resolver`.

use std::time::Duration;

use config::report::Report;
use config::schema::{Declared as _, Site};
use config::yaml;

use crate::block::{Health, Records, Resolver};
use crate::settings::{Names, Settings};

/// What a block means, and what is said of it: path and message.
fn read(text: &str) -> (Option<Settings>, Vec<(String, String)>) {
    let mut report = Report::new("test.yaml", text);
    let node = yaml::parse(text, &mut report).expect("YAML");
    let block = Resolver::read(Site { node: &node, path: "resolver" }, &mut report);
    let said = report.problems().iter().map(|problem| (problem.path.clone(), problem.message.clone())).collect();
    (block.and_then(|block| block.settings()), said)
}

#[track_caller]
fn takes(text: &str) -> Settings {
    let (settings, said) = read(text);
    assert_eq!(said, []);
    settings.expect("settings")
}

#[track_caller]
fn refuses(text: &str, path: &str, message: &str) {
    let (settings, said) = read(text);
    assert!(settings.is_none());
    let [(found, said)] = said.as_slice() else { panic!("{said:?}") };
    assert!(found == path && said.contains(message), "{found}: {said}");
}

/// The Collector's keys and defaults.
#[test]
fn defaults_are_the_collectors() {
    let dns = Settings::Dns {
        hostname: "workers".into(),
        port: None,
        interval: Duration::from_secs(5),
        timeout: Duration::from_secs(1),
        records: Records::Addresses,
        nameservers: vec![],
    };
    assert_eq!(takes("dns: {hostname: workers}"), dns);
    assert_eq!(takes("dns: {hostname: workers, port: \"\", interval: 0s, timeout: 0s}"), dns);
    assert_eq!(takes("static: {hostnames: [a, b]}"), Settings::Static { hostnames: vec!["a".into(), "b".into()] });
}

#[test]
fn keys_of_dns() {
    let text = "dns: {hostname: w, port: 4317, interval: 30s, timeout: 5s, records: srv, nameservers: [10.0.0.2, '[::1]:5353']}";
    let (settings, said) = read(text);
    let [(path, message)] = said.as_slice() else { panic!("{said:?}") };
    assert!(path == "resolver.dns.port" && message.contains("no effect"));
    let expected = Settings::Dns {
        hostname: "w".into(),
        port: Some(4317),
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(5),
        records: Records::Services,
        nameservers: vec!["10.0.0.2:53".parse().expect("an address"), "[::1]:5353".parse().expect("an address")],
    };
    assert_eq!(settings, Some(expected));
}

#[test]
fn keys_of_aws_cloud_map() {
    let expected = |health, port, owner_account: Option<&str>| Settings::CloudMap {
        namespace: "n".into(),
        service_name: "s".into(),
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(5),
        health,
        port,
        owner_account: owner_account.map(str::to_owned),
        region: None,
        endpoint: None,
    };
    assert_eq!(takes("aws_cloud_map: {namespace: n, service_name: s}"), expected(Health::Healthy, None, None));
    let text =
        "aws_cloud_map: {namespace: n, service_name: s, health_status: ALL, port: 4317, owner_account: '123456789012'}";
    assert_eq!(takes(text), expected(Health::All, Some(4317), Some("123456789012")));
    refuses("aws_cloud_map: {namespace: n}", "resolver.aws_cloud_map.service_name", "");
    refuses("aws_cloud_map: {namespace: '', service_name: s}", "resolver.aws_cloud_map.namespace", "no name");
    refuses("aws_cloud_map: {namespace: n, service_name: s, port: 65536}", "resolver.aws_cloud_map.port", "");
}

#[test]
fn keys_of_k8s() {
    let expected = |ports: &[u16], names| Settings::Kubernetes {
        service: "lb.ns".into(),
        ports: ports.to_vec(),
        timeout: Duration::from_secs(60),
        names,
    };
    assert_eq!(takes("k8s: {service: lb.ns}"), expected(&[], Names::Addresses));
    let text = "k8s: {service: lb.ns, ports: [4317, 55690], return_hostnames: true}";
    assert_eq!(takes(text), expected(&[4317, 55690], Names::Hosts));
    refuses("k8s: {service: lb.ns.svc}", "resolver.k8s.service", "domain");
}

#[test]
fn exactly_one_is_written() {
    refuses("{}", "resolver.dns", "no resolver");
    refuses("dns:", "resolver.dns", "no resolver");
    refuses("{static: {hostnames: [a]}, dns: {hostname: b}}", "resolver.dns", "only one");
    refuses("dns: {}", "resolver.dns.hostname", "");
    refuses("dns: {hostname: w, port: otlp}", "resolver.dns.port", "no port");
    refuses("dns: {hostname: w, nameservers: [ns.example]}", "resolver.dns.nameservers.0", "no address");
    refuses("static: {}", "resolver.static.hostnames", "no worker");
}
