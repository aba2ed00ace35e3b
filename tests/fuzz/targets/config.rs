//! Whatever its texts, a configuration is either taken or refused with an error, and no message shows what a variable held.
//!
//! An input is one or more parts, each behind a line `====`: two files that are merged, a value that is set, then the
//! variables `A`, `B`, ... and the files of the same names.
#![no_main]

use std::io;

use alluvium::assembly::{self, Signals};
use config::source::{Location, Lookup};
use libfuzzer_sys::fuzz_target;

/// Stands in a variable, and must not be shown.
const SECRET: &str = "hunter2hunter2";

struct Parts<'a>(Vec<&'a str>);

impl Parts<'_> {
    /// The part of a name: `A` is the first, and `SECRET` is secret.
    fn named(&self, name: &str) -> Option<String> {
        let letter = name.strip_prefix('/').unwrap_or(name).bytes().next()?;
        self.0.get(usize::from(letter.checked_sub(b'A')?)).map(|part| (*part).to_owned())
    }
}

impl Lookup for Parts<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        if name == "SECRET" { Some(SECRET.into()) } else { self.named(name) }
    }

    fn file(&self, path: &str, most: usize) -> io::Result<String> {
        let text = self.named(path).filter(|text| text.len() <= most);
        text.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fuzz_target!(|input: &str| {
    let mut parts = input.split("\n====\n");
    let mut locations = Vec::new();
    for name in ["one.yaml", "two.yaml"] {
        locations.extend(parts.next().map(|text| Location::Text { name: name.into(), text: text.into() }));
    }
    locations.extend(parts.next().and_then(|text| Location::set(text).ok()));
    let parts = Parts(parts.collect());
    for signals in [Signals::Metrics, Signals::MetricsOnly] {
        let (settings, report) = assembly::load(&locations, &parts, signals);
        // Shown as well: the report quotes the lines of its places.
        let shown = report.to_string();
        assert_eq!(settings.is_none(), report.has_errors(), "{shown}");
        assert_eq!(shown.is_empty(), report.problems().is_empty() && report.notes().is_empty());
        // Whoever writes the secret itself has shown it.
        assert!(input.contains("hunter") || !shown.contains(SECRET), "{shown}");
    }
});
