use config::report::Report;
use config::schema::{Declared, Site};
use config::yaml;

use super::{ClientTls, HttpClient, RetryOnFailure, SendingQueue};

/// The block, and what is said of it: path and message.
fn read<T: Declared>(text: &str) -> (Option<T>, Vec<(String, String)>) {
    let mut report = Report::new("test.yaml", text);
    let node = yaml::parse(text, &mut report).expect("YAML");
    let block = T::read(Site { node: &node, path: "a" }, &mut report);
    let said = report.problems().iter().map(|problem| (problem.path.clone(), problem.message.clone())).collect();
    (block, said)
}

#[track_caller]
fn refuses<T: Declared>(text: &str, path: &str, message: &str) {
    let (block, said) = read::<T>(text);
    assert!(block.is_none());
    let [(found, said)] = said.as_slice() else { panic!("{said:?}") };
    assert!(found == path && said.contains(message), "{found}: {said}");
}

#[track_caller]
fn takes<T: Declared>(text: &str) -> T {
    let (block, said) = read::<T>(text);
    assert_eq!(said, []);
    block.expect("a block")
}

/// Scenario: sizes of a queue and its batch that do not fit. Guarantee: the Collector's rules.
#[test]
fn queues() {
    for text in ["", "batch:", "{sizer: items, queue_size: 8192, batch: {}}", "batch: {sizer: items, min_size: 9000}"] {
        takes::<SendingQueue>(text);
    }
    assert!(takes::<SendingQueue>("batch:").batch.is_some());
    assert!(takes::<SendingQueue>("batch: {enabled: false}").batch.is_none());
    refuses::<SendingQueue>("queue_size: 0", "a.queue_size", "from 1");
    refuses::<SendingQueue>("{sizer: items, queue_size: 10, batch: {}}", "a.batch.min_size", "8192 against 10");
    refuses::<SendingQueue>("{sizer: requests, batch: {}}", "a.batch", "counts items or bytes");
    refuses::<SendingQueue>("batch: {max_size: 10}", "a.batch.max_size", "10 against 8192");
    refuses::<SendingQueue>("batch: {flush_timeout: 0s}", "a.batch.flush_timeout", "greater than zero");
    refuses::<SendingQueue>("storage: file_storage", "a.storage", "does not have");
}

/// Scenario: retries that end before they begin. Guarantee: the Collector's rule, unless there are no retries.
#[test]
fn retries() {
    refuses::<RetryOnFailure>(
        "max_elapsed_time: 10s",
        "a.max_elapsed_time",
        "shorter than max_interval: 10s against 30s",
    );
    takes::<RetryOnFailure>("{enabled: false, max_elapsed_time: 10s}");
    takes::<RetryOnFailure>("max_elapsed_time: 0s");
}

/// Scenario: a certificate that is not to be checked. Guarantee: that is refused, and what changes nothing is not.
#[test]
fn tls() {
    takes::<ClientTls>("{insecure: true, insecure_skip_verify: false, min_version: '1.3'}");
    refuses::<ClientTls>("insecure_skip_verify: true", "a.insecure_skip_verify", "cannot do that");
    refuses::<ClientTls>("ca_file: /etc/ca.pem", "a.ca_file", "does not have");
}

/// Scenario: headers with tokens. Guarantee: they are sent, and shown nowhere.
#[test]
fn headers() {
    let client = takes::<HttpClient>("headers: {Authorization: Bearer hush}");
    let headers = client.header_map();
    assert_eq!(headers["authorization"], "Bearer hush");
    assert!(!format!("{client:?} {headers:?}").contains("hush"));
    refuses::<HttpClient>("headers: {'a b': hush}", "a.headers.a b", "no name for a header");
}
