//! A processor of the user's own: a component in a file.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::alluvium::{Alluvium, run};
use crate::answers::scraped;
use crate::raw;
use crate::support::guests;
use crate::support::otlp::{BEGIN, SECOND, point, request};

/// A pipeline with a guest in place of the one that ships.
fn config(block: &str) -> String {
    scraped("{}")
        .replace("delta_to_cumulative: {}", &format!("wasm/mine: {block}"))
        .replace("delta_to_cumulative", "wasm/mine")
}

/// What `sha256sum` says of a file.
fn sha256(path: &Path) -> String {
    let output = Command::new("sha256sum").arg(path).output().expect("coreutils are there");
    String::from_utf8(output.stdout).expect("text").split(' ').next().expect("a digest").to_owned()
}

/// Its points go through it, what it drops is counted under its id and its own reason, and its bounds are those of its block.
#[tokio::test]
async fn it_processes_points() {
    let module = guests::faulty();
    let block = format!(
        "{{module: {}, sha256: {}, config: {{drops: 7}}, max_streams: 2, limits: {{call_timeout: 1s}}}}",
        module.display(),
        sha256(&module),
    );
    let alluvium = Alluvium::start(&config(&block)).await;
    let send = async |name: &str, time: u64, value| {
        let answer = raw::post(&alluvium.http, &[], request(vec![point(name, time - SECOND, time, value)])).await;
        assert_eq!(answer.status, 200);
    };
    for (time, value) in [(1, 5), (2, 6)] {
        send("a", BEGIN + time * SECOND, value).await;
    }
    send("b", BEGIN + SECOND, 7).await;
    send("c", BEGIN + SECOND, 1).await;
    // A new counter shows zero first.
    raw::scrape(&alluvium.scrape).await;
    let page = raw::scrape(&alluvium.scrape).await.text();
    let totals: Vec<&str> = page.lines().filter(|line| line.starts_with("requests_total{")).collect();
    let values: Vec<&str> = totals.iter().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(values, ["11"], "{page}");
    let own = raw::get(&alluvium.own, "/metrics").await.text();
    let dropped = |reason: &str| {
        let labels = format!("component=\"wasm/mine\",reason=\"{reason}\"}} 1");
        own.lines().any(|line| line.starts_with("alluvium_dropped_points_total{") && line.ends_with(&labels))
    };
    assert!(dropped("limit") && dropped("because"), "{own}");
    assert!(own.lines().any(|line| line.contains("wasm/mine") && line.contains("event=\"calls\"")), "{own}");
    assert_eq!(alluvium.stop().await.code(), Some(0));
}

/// A point with 13 goes through a guest that was built against WASI and then does something. Returns the total, if there is
/// one, and the log.
async fn with_wasi(does: &str) -> (Option<f64>, String) {
    let block = format!("{{module: {}, config: {{on: 13, do: {does}}}}}", guests::faulty_with_wasi().display());
    let alluvium = Alluvium::start(&config(&block)).await;
    let sent = raw::post(&alluvium.http, &[], request(vec![point("a", BEGIN, BEGIN + SECOND, 13)])).await;
    raw::scrape(&alluvium.scrape).await;
    let page = raw::scrape(&alluvium.scrape).await.text();
    let total = page.lines().find(|line| line.starts_with("requests_total{")).and_then(|line| line.rsplit(' ').next());
    let total = total.map(|total| total.parse().expect("a number"));
    assert_eq!(total.is_some(), sent.status == 200, "{page}");
    let (_, log) = alluvium.signal("TERM").await;
    (total, log.join("\n"))
}

/// What is built against WASI runs, and gets nothing of it: no file, no variable, no time but the call's, no randomness.
#[tokio::test]
async fn it_may_be_built_against_wasi() {
    assert_eq!(with_wasi("look").await.0, Some(0.0));
    let before = std::time::UNIX_EPOCH.elapsed().expect("a time").as_secs_f64();
    let clock = with_wasi("clock").await.0.expect("a total");
    let after = std::time::UNIX_EPOCH.elapsed().expect("a time").as_secs_f64();
    assert!((before.floor()..=after).contains(&clock), "{before} <= {clock} <= {after}");
    assert_eq!(with_wasi("random").await.0, with_wasi("random").await.0);
}

/// What it prints is logged line by line; to leave or to wait is a failed call, and the log says why.
#[tokio::test]
async fn its_output_is_the_log() {
    let (total, log) = with_wasi("print").await;
    assert_eq!(total, Some(13.0), "{log}");
    for (level, line) in [("INFO", "first"), ("INFO", "second"), ("WARN", "unfinished")] {
        let written =
            log.lines().find(|written| written.contains(&format!("\"{line}\""))).unwrap_or_else(|| panic!("{log}"));
        assert!(written.contains(level) && written.contains("wasm/mine"), "{written}");
    }
    let (total, log) = with_wasi("trap").await;
    assert!(total.is_none() && log.contains("asked for it"), "{log}");
    let (total, log) = with_wasi("exit").await;
    assert!(total.is_none() && log.contains("it called exit"), "{log}");
    let (total, log) = with_wasi("sleep").await;
    assert!(total.is_none() && log.contains("a guest's call failed"), "{log}");
}

/// Beside the configuration, whatever the working directory is.
async fn validate(folder: &TempDir, block: &str) -> (Option<i32>, String) {
    let file = folder.path().join("own.yaml");
    fs::write(&file, config(block)).expect("it can be written");
    let output = run(&["validate", "--config", file.to_str().expect("text")]).await;
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Whoever writes a path, a digest or a setting wrong is shown where.
#[tokio::test]
async fn its_block_is_checked() {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("guests")).expect("a folder");
    let module = folder.path().join("guests/mine.wasm");
    fs::copy(guests::faulty(), &module).expect("a copy");
    assert_eq!(validate(&folder, "{module: guests/mine.wasm}").await, (Some(0), String::new()));

    let other = "0".repeat(64);
    let right = sha256(&module);
    for (block, parts) in [
        ("{}", &["processors.wasm/mine.module", "required"][..]),
        ("{module: mine.wasm}", &["processors.wasm/mine.module", "cannot read", "mine.wasm", "No such file"]),
        (
            "{module: guests/mine.wasm, config: {do: nonsense}}",
            &["processors.wasm/mine.config.do", "cannot do nonsense"],
        ),
        ("{module: guests/mine.wasm, sha256: abc}", &["processors.wasm/mine.sha256", "sha256sum"]),
        (&format!("{{module: guests/mine.wasm, sha256: {other}}}"), &["processors.wasm/mine.sha256", &right]),
        ("{module: guests/mine.wasm, max_idle: 0s}", &["processors.wasm/mine.max_idle", "greater than zero"]),
        ("{module: guests/mine.wasm, cofnig: {}}", &["processors.wasm/mine.cofnig", "did you mean config?"]),
    ] {
        let (status, said) = validate(&folder, block).await;
        assert_eq!(status, Some(1), "{block}: {said}");
        for part in parts {
            assert!(said.contains(part), "{block}: no {part} in {said}");
        }
    }
}
