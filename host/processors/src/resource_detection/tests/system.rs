//! Files as Linux shows them.

use std::fs;
use std::path::Path;

use super::{all, only, texts};
use crate::resource_detection::attributes::Value;
use crate::resource_detection::system::{Files, KNOWN, Settings, Source, detect, name};

const FILES: &[(&str, &str)] = &[
    ("proc/sys/kernel/hostname", "ip-10-0-1-23\n"),
    ("proc/sys/kernel/ostype", "Linux\n"),
    ("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n"),
    ("proc/sys/kernel/version", "#1 SMP Debian 6.1.76-1\n"),
    ("etc/hosts", "127.0.0.1 localhost # loopback\n10.0.1.23 ip-10-0-1-23.ec2.internal ip-10-0-1-23\n"),
    ("etc/machine-id", "b08dfa6083e7567a1921a715000001fb\n"),
    (
        "etc/os-release",
        "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nBUILD_ID=rolling\n",
    ),
    (
        "proc/cpuinfo",
        "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: Intel(R) Xeon(R)\n\
         stepping\t: 7\ncache size\t: 36608 KB\n\nprocessor\t: 1\nvendor_id\t: Other\n",
    ),
    ("sys/class/net/lo/flags", "0x9\n"),
    ("sys/class/net/lo/address", "00:00:00:00:00:00\n"),
    ("sys/class/net/eth0/flags", "0x1003\n"),
    ("sys/class/net/eth0/address", "ac:de:48:23:45:67\n"),
    ("sys/class/net/eth1/flags", "0x1002\n"),
    ("sys/class/net/eth1/address", "ac:de:48:23:45:68\n"),
    (
        "proc/net/fib_trie",
        "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     |-- 10.0.1.23\n        \
         /32 host LOCAL\n     |-- 127.0.0.1\n        /32 host LOCAL\nLocal:\n     |-- 10.0.1.23\n        /32 host LOCAL\n",
    ),
    (
        "proc/net/if_inet6",
        "00000000000000000000000000000001 01 80 10 80       lo\nfe80000000000000aede48fffe234567 02 40 20 80     eth0\n",
    ),
];

fn write(root: &Path) -> Files {
    for (path, text) in FILES {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    Files::below(root)
}

const SOURCES: [Source; 2] = [Source::Dns, Source::Os];

/// Scenario: everything is switched on. Guarantee: each attribute with its type.
#[test]
fn everything() {
    let root = tempfile::tempdir().expect("a folder");
    let keys: Vec<&str> = KNOWN.iter().map(|known| known.key).collect();
    let settings = Settings { selection: only(KNOWN, &keys), hostname_sources: SOURCES.to_vec() };
    let found = detect(&settings, &write(root.path())).expect("a system");
    let kernel = "Linux ip-10-0-1-23 6.1.0-18-amd64 #1 SMP Debian 6.1.76-1";
    let description = format!("Debian GNU/Linux 12 (bookworm) ({kernel} {})", std::env::consts::ARCH);
    for (key, value) in [
        ("host.name", Value::from("ip-10-0-1-23.ec2.internal")),
        ("host.id", Value::from("b08dfa6083e7567a1921a715000001fb")),
        ("host.ip", texts(&["10.0.1.23", "fe80::aede:48ff:fe23:4567"])),
        ("host.mac", texts(&["AC-DE-48-23-45-67"])),
        ("host.interface", texts(&["eth0"])),
        ("host.cpu.vendor.id", Value::from("GenuineIntel")),
        ("host.cpu.family", Value::from("6")),
        ("host.cpu.model.id", Value::from("85")),
        ("host.cpu.model.name", Value::from("Intel(R) Xeon(R)")),
        ("host.cpu.stepping", Value::from("7")),
        ("host.cpu.cache.l2.size", Value::from(36_608)),
        ("os.type", Value::from("linux")),
        ("os.name", Value::from("Debian GNU/Linux")),
        ("os.version", Value::from("12")),
        ("os.build.id", Value::from("rolling")),
        ("os.description", Value::from(description)),
    ] {
        assert_eq!(found.get(key), Some(&value), "{key}");
    }
    assert!(found.get("host.arch").is_some());
    assert_eq!(found.len(), KNOWN.len());
}

/// Scenario: nothing is configured. Guarantee: the two attributes that the Collector has on.
#[test]
fn defaults() {
    let root = tempfile::tempdir().expect("a folder");
    let settings = Settings { selection: all(KNOWN), hostname_sources: SOURCES.to_vec() };
    let found = detect(&settings, &write(root.path())).expect("a system");
    let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["host.name", "os.type"]);
}

/// Scenario: no file can be read. Guarantee: an error for the name, which must be there; nothing else is missed.
#[test]
fn no_files() {
    let root = tempfile::tempdir().expect("a folder");
    let files = Files::below(root.path());
    let look =
        |keys: &[&str]| detect(&Settings { selection: only(KNOWN, keys), hostname_sources: SOURCES.to_vec() }, &files);
    assert!(look(&["host.name"]).is_err_and(|error| !error.may_retry()));
    assert!(look(&["host.id", "host.ip", "host.cpu.family", "os.name"]).expect("a system").is_empty());
}

/// Scenario: names in different places. Guarantee: the first source that has one.
#[test]
fn names() {
    use Source::{Cname, Dns, Lookup, Os};
    let hosts = "10.0.0.9 first.example\n10.0.0.9 full.example. short # alias\n";
    for (sources, own, hosts, expected) in [
        (&[Dns, Os] as &[_], "short", hosts, Some("full.example")),
        (&[Dns, Os], "short", "", Some("short")),
        (&[Os, Dns], "short", hosts, Some("short")),
        (&[Cname], "short", hosts, Some("full.example")),
        (&[Lookup], "short", hosts, Some("first.example")),
        (&[Dns], "other", hosts, None),
        (&[Os], "", hosts, None),
        (&[], "short", hosts, None),
    ] {
        assert_eq!(name(sources, own, hosts).as_deref(), expected, "{sources:?} {own}");
    }
}
