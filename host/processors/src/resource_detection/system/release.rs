//! The operating system, from os-release (freedesktop.org) and the kernel.

use crate::resource_detection::attributes::Attributes;

/// Adds what is known of it. `kernel` is its type, the host's name, its release and its version, as `uname` shows them.
pub(super) fn add(found: &mut Attributes, release: &str, kernel: &[String; 4]) {
    let value = |key: &str| {
        let line = release.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='));
        line.map(unquoted).unwrap_or_default()
    };
    found.set_if_known("os.name", value("NAME"));
    found.set_if_known("os.version", value("VERSION_ID"));
    found.set_if_known("os.build.id", value("BUILD_ID"));
    let kernel = kernel.join(" ");
    let kernel = format!("{} {}", kernel.trim(), std::env::consts::ARCH);
    let pretty = value("PRETTY_NAME");
    let description = if pretty.is_empty() { kernel } else { format!("{pretty} ({kernel})") };
    found.set("os.description", description);
}

/// A value as the shell reads it.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    let quoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    quoted.unwrap_or(value).replace("\\\"", "\"").replace("\\$", "$").replace("\\`", "`").replace("\\\\", "\\")
}

/// An architecture by the name that the semantic conventions have for it.
pub(super) fn architecture(name: &str) -> &str {
    match name {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}
