//! The processor, from `/proc/cpuinfo`. Those of one machine are alike; the first one is described.

use crate::resource_detection::attributes::Attributes;

/// Adds what the first processor in the file is.
pub(super) fn add(found: &mut Attributes, cpuinfo: &str) {
    let first = cpuinfo.lines().take_while(|line| !line.trim().is_empty());
    for (key, value) in first.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match key.trim() {
            "vendor_id" => found.set_if_known("host.cpu.vendor.id", value),
            "cpu family" => found.set_if_known("host.cpu.family", value),
            "model" => found.set_if_known("host.cpu.model.id", value),
            "model name" => found.set_if_known("host.cpu.model.name", value),
            "stepping" => found.set_if_known("host.cpu.stepping", value),
            // As the kernel says it: `1024 KB`.
            "cache size" => {
                if let Some(Ok(size)) = value.split(' ').next().map(str::parse::<i64>) {
                    found.set("host.cpu.cache.l2.size", size);
                }
            }
            _ => {}
        }
    }
}
