//! The network interfaces that are up, apart from loopback, and the addresses of the machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::files::Files;
use crate::resource_detection::attributes::Attributes;

/// Flags of an interface (linux/if.h).
const UP: u32 = 0x1;
const LOOPBACK: u32 = 0x8;

/// Adds names, hardware addresses and IP addresses.
pub(super) fn add(found: &mut Attributes, files: &Files) {
    let mut interfaces = files.names("sys/class/net");
    interfaces.retain(|name| is_used(&files.line(&format!("sys/class/net/{name}/flags"))));
    let hardware = interfaces.iter().map(|name| files.line(&format!("sys/class/net/{name}/address")));
    let hardware: Vec<String> = hardware.filter(|address| !address.is_empty()).map(|mac| as_ieee(&mac)).collect();
    let mut addresses = ipv4(&files.text("proc/net/fib_trie"));
    addresses.extend(ipv6(&files.text("proc/net/if_inet6"), &interfaces));
    found.set_if_known("host.mac", hardware);
    found.set_if_known("host.ip", addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>());
    found.set_if_known("host.interface", interfaces);
}

fn is_used(flags: &str) -> bool {
    let flags = u32::from_str_radix(flags.trim_start_matches("0x"), 16).unwrap_or(0);
    flags & UP != 0 && flags & LOOPBACK == 0
}

/// The form that the semantic conventions ask for: `AC-DE-48-23-45-67`.
fn as_ieee(address: &str) -> String {
    address.replace(':', "-").to_ascii_uppercase()
}

/// The addresses that the routing table calls the machine's own, each once.
fn ipv4(trie: &str) -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    let mut leaf = None;
    for line in trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse::<Ipv4Addr>().ok();
        } else if line.starts_with("/32 host LOCAL") {
            addresses.extend(leaf.take().filter(|address| !address.is_loopback()).map(IpAddr::V4));
        }
    }
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// The addresses of these interfaces. A line has the address in 32 digits first, and the interface last.
fn ipv6(table: &str, interfaces: &[String]) -> Vec<IpAddr> {
    let address = |line: &str| {
        let mut words = line.split_whitespace();
        let digits = words.next().filter(|digits| digits.len() == 32)?;
        let interface = words.next_back()?;
        let bits = u128::from_str_radix(digits, 16).ok()?;
        interfaces.iter().any(|known| known == interface).then(|| IpAddr::V6(Ipv6Addr::from_bits(bits)))
    };
    table.lines().filter_map(address).collect()
}
