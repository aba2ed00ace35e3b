//! `${...}` and `$$` in values.

use crate::attempt::{VALID, read, valid_but};
use crate::meaning::remote_write;

/// This version does not look anything up, and says so of each reference.
#[test]
fn references() {
    for reference in ["${env:URL}", "${URL}", "${env:URL:-http://localhost}", "${file:/etc/url}"] {
        for written in [reference.to_owned(), format!("'{reference}'"), format!("http://{reference}/write")] {
            valid_but("http://localhost:9090/api/v1/write", &written).is_error(
                18,
                15,
                "exporters.prometheus_remote_write.endpoint",
                &["does not replace", reference],
                &["write the value itself"],
            );
        }
    }
}

/// Also where a number, a list or a guest's setting stands, and never as a second problem.
#[test]
fn references_anywhere() {
    let says = ["does not replace ${X}"];
    valid_but("limit_mib: 512", "limit_mib: ${X}").is_error(11, 16, "processors.memory_limiter.limit_mib", &says, &[]);
    valid_but("[otlp]", "[otlp, '${X}']").is_error(24, 25, "service.pipelines.metrics.receivers.1", &says, &[]);
    valid_but("[otlp]", "${X}").is_error(24, 18, "service.pipelines.metrics.receivers", &says, &[]);
    valid_but("    max_stale: 5m", "    max_stale: ${X}").is_error(
        13,
        16,
        "processors.delta_to_cumulative.max_stale",
        &says,
        &[],
    );
    let module = "    module: a.wasm\n    deep: [{er: '${X}'}]";
    valid_but("    max_stale: 5m", module).is_error(14, 17, "processors.delta_to_cumulative.deep.0.er", &says, &[]);
    valid_but("  batch:\n    timeout: 1s", "  batch: ${X}").is_error(14, 10, "processors.batch", &says, &[]);
}

/// What is escaped, or no reference at all, is text.
#[test]
fn dollars() {
    for (written, meant) in [
        ("a$b", "a$b"),
        ("pa$$word", "pa$word"),
        ("$${X}", "${X}"),
        ("$$$${X}", "$${X}"),
        ("${X", "${X"),
        ("$X", "$X"),
        ("}${", "}${"),
    ] {
        let label = format!("/api/v1/write\n    external_labels: {{a: '{written}'}}\n");
        let settings = read(&VALID.replace("/api/v1/write\n", &label)).flawless();
        assert_eq!(remote_write(&settings).labelling.external["a"], meant, "{written}");
    }
}

/// Three dollars are one, and a reference.
#[test]
fn a_reference_behind_an_escape() {
    valid_but("http://localhost:9090/api/v1/write", "$$${X}").is_error(
        18,
        15,
        "exporters.prometheus_remote_write.endpoint",
        &["does not replace ${X}"],
        &[],
    );
}
