//! Whatever its text, a configuration is either taken or refused with an error.
#![no_main]

use alluvium::assembly;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (settings, report) = assembly::read("fuzz.yaml", text);
    // Shown as well: the report quotes the lines of its places.
    let shown = report.to_string();
    assert_eq!(settings.is_none(), report.has_errors(), "{shown}");
    assert_eq!(shown.is_empty(), report.problems().is_empty());
});
