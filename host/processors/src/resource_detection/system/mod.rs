//! `system`: the operating system and the machine, from the files in which Linux shows them. DNS servers are not asked.

mod cpu;
mod files;
mod hostname;
mod interfaces;
mod release;

pub use files::Files;
pub use hostname::{Source, name};

use super::attributes::Attributes;
use super::detector::{Known, Selection};
use super::failure::Failure;

/// Its name in a configuration.
pub const NAME: &str = "system";

/// What it finds.
pub const KNOWN: &[Known] = &[
    Known { key: "host.arch", on: false },
    Known { key: "host.cpu.cache.l2.size", on: false },
    Known { key: "host.cpu.family", on: false },
    Known { key: "host.cpu.model.id", on: false },
    Known { key: "host.cpu.model.name", on: false },
    Known { key: "host.cpu.stepping", on: false },
    Known { key: "host.cpu.vendor.id", on: false },
    Known { key: "host.id", on: false },
    Known { key: "host.interface", on: false },
    Known { key: "host.ip", on: false },
    Known { key: "host.mac", on: false },
    Known { key: "host.name", on: true },
    Known { key: "os.build.id", on: false },
    Known { key: "os.description", on: false },
    Known { key: "os.name", on: false },
    Known { key: "os.type", on: true },
    Known { key: "os.version", on: false },
];

/// Settings, as meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What is added.
    pub selection: Selection,
    /// Where the host's name is looked for; the first that has it counts.
    pub hostname_sources: Vec<Source>,
}

/// Reads the files. What they do not say is left out, apart from the host's name.
///
/// # Errors
/// If the host has no name.
pub fn detect(settings: &Settings, files: &Files) -> Result<Attributes, Failure> {
    let wanted =
        |keys: &str| KNOWN.iter().any(|known| known.key.starts_with(keys) && settings.selection.has(known.key));
    let mut found = Attributes::default();
    let host = files.line("proc/sys/kernel/hostname");
    if wanted("host.name") {
        let hosts = files.text("etc/hosts");
        let name = name(&settings.hostname_sources, &host, &hosts).ok_or_else(|| {
            let help = "add os to system.hostname_sources; names in DNS alone are not found by this host";
            Failure::lasting("all hostname sources failed to get the host's name", help)
        })?;
        found.set("host.name", name);
    }
    found.set("os.type", std::env::consts::OS);
    found.set("host.arch", release::architecture(std::env::consts::ARCH));
    if wanted("host.id") {
        let ids = ["etc/machine-id", "var/lib/dbus/machine-id"].map(|path| files.line(path));
        found.set_if_known("host.id", ids.into_iter().find(|id| !id.is_empty()).unwrap_or_default());
    }
    if wanted("host.cpu.") {
        cpu::add(&mut found, &files.text("proc/cpuinfo"));
    }
    if ["host.interface", "host.ip", "host.mac"].into_iter().any(wanted) {
        interfaces::add(&mut found, files);
    }
    if ["os.build.id", "os.description", "os.name", "os.version"].into_iter().any(wanted) {
        let release = ["etc/os-release", "usr/lib/os-release"].map(|path| files.text(path));
        let release = release.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
        let kernel = ["ostype", "hostname", "osrelease", "version"];
        let kernel = kernel.map(|part| files.line(&format!("proc/sys/kernel/{part}")));
        release::add(&mut found, &release, &kernel);
    }
    found.retain(|key| settings.selection.has(key));
    Ok(found)
}
