//! Starting and stopping, as people and platforms do it.

use std::net::TcpListener;

use tempfile::NamedTempFile;

use crate::alluvium::{Alluvium, run};
use crate::answers::scraped;
use crate::raw;
use crate::support::otlp::{BEGIN, SECOND, point, request};

/// Both signals end it in order: exit code 0, and a word about it.
#[tokio::test]
async fn signals_end_it_well() {
    for signal in ["TERM", "INT"] {
        let alluvium = Alluvium::start(&scraped("{}")).await;
        let answer = raw::post(&alluvium.http, &[], request(vec![point("a", BEGIN, BEGIN + SECOND, 1)])).await;
        assert_eq!(answer.status, 200);
        let (status, log) = alluvium.signal(signal).await;
        assert_eq!(status.code(), Some(0), "{signal}: {log:#?}");
        assert!(log.last().is_some_and(|line| line.contains("stopped")), "{log:#?}");
    }
}

/// Whoever starts and stops hosts asks whether this one is ready.
#[tokio::test]
async fn its_health_is_served() {
    let extensions = "extensions: {health_check: {endpoint: '127.0.0.1:0', path: /health}}";
    let config = scraped("{}").replace("service:", &format!("{extensions}\nservice:\n  extensions: [health_check]"));
    let alluvium = Alluvium::start(&config).await;
    let answer = raw::get(&alluvium.health, "/health").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    assert!(answer.text().starts_with(r#"{"status":"Server available","upSince":"20"#), "{}", answer.text());
    assert_eq!(raw::get(&alluvium.health, "/").await.status, 404);
    assert_eq!(alluvium.stop().await.code(), Some(0));
}

/// An address that is taken is named, before anything runs.
#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = other.local_addr().expect("an address").to_string();
    let taken = format!("http: {{endpoint: '{address}'}}");
    let output = run_config(&scraped("{}").replace("http: {endpoint: '127.0.0.1:0'}", &taken)).await;
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains(&format!("cannot listen on {address}")) && error.contains("in use"), "{error}");
}

/// A broken configuration ends with 1 and says where it is broken.
#[tokio::test]
async fn a_broken_configuration_is_explained() {
    let output = run_config(&scraped("{max_stael: 5m}")).await;
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in ["max_stael", "max_stale", ":8:"] {
        assert!(error.contains(part), "no {part} in: {error}");
    }
}

/// Help names the commands, and each flag says what it is for.
#[tokio::test]
async fn help_teaches() {
    let output = run(&["--help"]).await;
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success());
    for part in ["run", "generate", "--config", "4318", "9464"] {
        assert!(help.contains(part), "no {part} in: {help}");
    }
}

async fn run_config(config: &str) -> std::process::Output {
    let file = NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), config).expect("a configuration");
    run(&["run", "--config", file.path().to_str().expect("a name")]).await
}
