//! The pages for Prometheus: the totals, and the host's own metrics.

use std::collections::BTreeSet;
use std::path::Path;

use crate::alluvium::Alluvium;
use crate::answers::scraped;
use crate::prometheus;
use crate::raw;
use crate::support::otlp::{BEGIN, SECOND, point, request};

/// A new counter shows zero until it has been scraped, then its total: what came before the first scrape is an increase.
#[tokio::test]
async fn a_new_counter_shows_zero_first() {
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let send = async |time: u64, value| {
        let answer = raw::post(&alluvium.http, &[], request(vec![point("a", time - SECOND, time, value)])).await;
        assert_eq!(answer.status, 200);
    };
    let total = async || {
        let page = raw::scrape(&alluvium.scrape).await.text();
        let line = page.lines().find(|line| line.starts_with("requests_total{")).expect("a series").to_owned();
        line.rsplit(' ').next().expect("a value").parse::<f64>().expect("a number")
    };
    assert!(!raw::scrape(&alluvium.scrape).await.text().contains("requests_total"));
    send(BEGIN, 5).await;
    // Who is no Prometheus takes nothing away from it.
    raw::get(&alluvium.scrape, "/metrics").await;
    assert_eq!(total().await, 0.0);
    assert_eq!(total().await, 5.0);
    send(BEGIN + SECOND, 2).await;
    assert_eq!(total().await, 7.0);
}

/// Prometheus' own checker finds nothing wrong with either page; that totals have no help text is known.
#[tokio::test]
async fn pages_are_well_formed() {
    let alluvium = Alluvium::start(&scraped("{}")).await;
    let points = vec![point("a\"b\\c\nd", BEGIN, BEGIN + SECOND, 1), point("ü", BEGIN, BEGIN + SECOND, 1)];
    assert_eq!(raw::post(&alluvium.http, &[], request(points)).await.status, 200);
    for (address, but) in [(&alluvium.scrape, "requests_total no help text"), (&alluvium.own, "")] {
        let page = raw::get(address, "/metrics").await;
        assert_eq!(page.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        assert!(!page.body.is_empty());
        assert_eq!(prometheus::check_metrics(&page.text()).trim(), but);
    }
}

/// The table of the documentation lists the host's own metrics, with type and meaning: these and no others.
#[tokio::test]
async fn own_metrics_are_documented() {
    let config = scraped("{}")
        .replace(
            "exporters:\n",
            "exporters:\n  debug:\n  prometheusremotewrite: {endpoint: 'http://127.0.0.1:1/write'}\n",
        )
        .replace("exporters: [prometheus]", "exporters: [prometheus, prometheusremotewrite, debug]");
    let alluvium = Alluvium::start(&config).await;
    let page = raw::get(&alluvium.own, "/metrics").await.text();
    let word = |line: &str, index| line.split(' ').nth(index).unwrap_or_default().to_owned();
    let types = page.lines().filter(|line| line.starts_with("# TYPE "));
    let served: BTreeSet<(String, String)> = types.map(|line| (word(line, 2), word(line, 3))).collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    let table = std::fs::read_to_string(file).expect("the documentation");
    let rows = table.lines().filter(|line| line.starts_with("| `alluvium_"));
    let cell = |row: &str, index| row.split('|').nth(index).unwrap_or_default().trim().trim_matches('`').to_owned();
    let documented: BTreeSet<(String, String)> = rows.map(|row| (cell(row, 1), cell(row, 2))).collect();
    assert_eq!(served, documented);
}
