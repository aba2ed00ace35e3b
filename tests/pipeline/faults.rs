//! A guest that misbehaves costs its batch at most; state is the host's. A slow sender costs nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use alluvium::build::BuildError;
use alluvium::metrics::Sources;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::metrics::v1::{ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use pipeline::intake::refusal::Refusal;
use prost::Message as _;
use receivers::otlp::receiver::{self, HTTP_BODY_BYTES, Protocol, READ_TIMEOUT};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use wasm::ConfigureError;

use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, CUMULATIVE, DELTA, SECOND, point, request, request_of, sum, text};

async fn send(rig: &Rig, second: u64, value: i64) -> Result<(), Refusal> {
    let time = BEGIN + second * SECOND;
    rig.submit(request(vec![point("a", time - SECOND, time, value)])).await.map(|_| ())
}

async fn values(rig: &Rig, count: usize) -> Vec<f64> {
    rig.flush().await;
    rig.sink.wait_for_samples(count).await;
    rig.sink.samples().iter().map(|sample| sample.value).collect()
}

/// An instance that traps is dropped with its store; the batch runs once more on a fresh one, over the same state.
#[tokio::test]
async fn a_trapped_batch_is_tried_again() {
    let rig = Setup::faulty("every: 3, do: trap").start().await;
    for second in 0..9 {
        send(&rig, second, 1).await.expect("taken, if need be at the second try");
    }
    assert_eq!(values(&rig, 9).await, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    let health = &rig.guest(0).health;
    assert_eq!(health.failures.each_ref().map(|count| count.load(Ordering::Relaxed)), [4, 0, 0, 0], "traps");
    assert_eq!(health.restarts.load(Ordering::Relaxed), 4);
}

/// A batch that fails is refused in a way that can be retried, nothing of it is counted, and all others go on. One
/// for each way to misbehave.
#[tokio::test]
async fn a_poisonous_batch_is_refused_and_changes_nothing() {
    let faults = [
        ("trap", "trapped"),
        ("loop", "did not answer within"),
        ("memory", "trapped"),
        ("stack", "trapped"),
        ("fail", "code 7: no\\u{a}way"),
        ("short", "column times has 2 entries"),
        ("reason", "drop reason 1 is out of range"),
        ("kind", "kind of value 3 is out of range"),
        ("bit", "dropped point"),
        ("cells", "column cells has 2 entries"),
        ("huge", "fuel"),
        ("replace", "not supported"),
        ("counter", "counter 1 was not announced"),
        ("calls", "calls of the host"),
    ];
    for (fault, expected) in faults {
        let rig = Setup::faulty(&format!("on: 13, do: {fault}")).start().await;
        send(&rig, 0, 1).await.expect("taken");
        let refused = send(&rig, 1, 13).await.expect_err(fault);
        // A guest that says itself that a retry makes no sense is believed.
        assert_eq!(refused.may_retry(), fault != "fail", "{fault}");
        assert!(refused.to_string().contains(expected), "{fault}: {refused}");
        // The sender comes again, with the same result; then others do.
        send(&rig, 1, 13).await.expect_err(fault);
        send(&rig, 2, 2).await.expect("taken");
        assert_eq!(values(&rig, 2).await, [1.0, 3.0], "{fault}");
        assert_eq!(rig.resent(), 0, "{fault}: a refused point has not been here");
    }
}

/// Two copies of one request meet in one batch, and the batch fails: neither is told that its points are safe.
#[tokio::test]
async fn copies_share_the_fate_of_their_batch() {
    let rig = Setup::faulty("on: 13, do: trap").start().await;
    // The first keeps the shard busy while the copies gather behind it.
    let many = (0..5_000).map(|n| point(&format!("s{n}"), BEGIN - SECOND, BEGIN, 1)).collect();
    let (busy, one, other) = tokio::join!(rig.submit(request(many)), send(&rig, 1, 13), send(&rig, 1, 13));
    busy.expect("taken");
    one.expect_err("a trap");
    other.expect_err("a trap");
}

/// Only the batch in which the poison is fails; what was committed before is recognised when the request comes again.
#[tokio::test]
async fn a_large_request_is_not_counted_twice() {
    let rig = Setup::faulty("on: 13, do: trap").start().await;
    let points = |poison| {
        let mut points: Vec<_> = (0..4_500).map(|n| point(&format!("s{n}"), 1, BEGIN, 1)).collect();
        points[4_400] = point("s4400", 1, BEGIN, poison);
        request(points)
    };
    rig.submit(points(13)).await.expect_err("poisoned");
    // Without the poison: the first two batches have been here, the third has not.
    rig.submit(points(1)).await.expect("taken");
    assert_eq!(rig.resent(), 4_000);
    let values = values(&rig, 4_500).await;
    assert_eq!(values.len(), 4_500);
    assert!(values.iter().all(|value| *value == 1.0));
}

/// What is dropped is counted when its request is accepted, not each time that the request comes again.
#[tokio::test]
async fn drops_of_a_refused_request_are_not_counted() {
    let rig = Setup::faulty("on: 13, do: trap").start().await;
    // An attribute that makes the description too long.
    let points = |value| {
        let mut points = vec![point("long", 1, BEGIN, 1), point("a", 1, BEGIN, value)];
        points[0].attributes.push(text("more", &"x".repeat(70_000)));
        request(points)
    };
    for _ in 0..3 {
        rig.submit(points(13)).await.expect_err("poisoned");
        assert_eq!(rig.dropped("description_too_long"), 0);
    }
    let accepted = rig.submit(points(1)).await.expect("taken");
    assert_eq!((accepted.dropped.total(), rig.dropped("description_too_long")), (1, 1));
}

/// What a guest drops of a batch that is committed is recognised when it comes again: it is counted at once, and once.
#[tokio::test]
async fn drops_of_a_committed_batch_are_counted() {
    let rig = Setup::faulty("on: 13, do: trap, drops: 7").start().await;
    let points = |poison| {
        let mut points: Vec<_> = (0..4_500).map(|n| point(&format!("s{n}"), 1, BEGIN, 1)).collect();
        points[0] = point("s0", 1, BEGIN, 7);
        points[4_400] = point("s4400", 1, BEGIN, poison);
        request(points)
    };
    for _ in 0..2 {
        rig.submit(points(13)).await.expect_err("poisoned");
        assert_eq!(rig.dropped("because"), 1);
    }
    rig.submit(points(1)).await.expect("taken");
    assert_eq!(rig.dropped("because"), 1);
}

/// One shard has counted its part of a request when a guest fails for good in another: the sender is told how many points
/// were dropped and why, as it would take a refusal for "nothing is counted".
#[tokio::test]
async fn a_request_that_fails_in_part_is_not_refused() {
    let rig = Setup { shards: 2, ..Setup::faulty("on: 13, do: fail") }.start().await;
    let points = |poison| {
        let mut points: Vec<_> = (0..40).map(|n| point(&format!("s{n}"), 1, BEGIN, 1)).collect();
        points[20] = point("s20", 1, BEGIN, poison);
        request(points)
    };
    let accepted = rig.submit(points(13)).await.expect("taken in part");
    let lost = accepted.dropped.total();
    assert!(lost > 0 && lost < 40, "{lost} points are in the shard that failed");
    assert_eq!((accepted.points, rig.dropped("refused_in_part")), (40, lost));
    for expected in [&format!("{lost} by host (refused_in_part)"), "code 7: no\\u{a}way"] {
        assert!(accepted.message.contains(expected), "{}", accepted.message);
    }
    let counted = values(&rig, 40 - lost as usize).await;
    assert!(counted.iter().all(|value| *value == 1.0) && counted.len() == 40 - lost as usize, "{counted:?}");
    // Once more: what is counted stays so, the rest is told again.
    let again = rig.submit(points(13)).await.expect("taken in part");
    assert_eq!((again.dropped.total(), rig.resent()), (lost, 40 - lost));
    // Without a part that is counted it is a refusal.
    let refused = rig.submit(request(vec![point("s20", 1, BEGIN, 13)])).await.expect_err("poisoned");
    assert!(!refused.may_retry(), "{refused}");
    // A failure that may pass asks for all of it again.
    let rig = Setup { shards: 2, ..Setup::faulty("on: 13, do: trap") }.start().await;
    assert!(rig.submit(points(13)).await.expect_err("poisoned").may_retry());
    assert_eq!(rig.submit(points(1)).await.expect("taken").dropped.total(), 0);
}

/// The same in one shard, where the first batches of a request are counted before a later one fails.
#[tokio::test]
async fn a_later_batch_that_fails_does_not_refuse_those_before() {
    let rig = Setup::faulty("on: 13, do: fail").start().await;
    let mut points: Vec<_> = (0..4_500).map(|n| point(&format!("s{n}"), 1, BEGIN, 1)).collect();
    points[4_400] = point("s4400", 1, BEGIN, 13);
    let accepted = rig.submit(request(points)).await.expect("taken in part");
    assert_eq!((accepted.dropped.total(), rig.dropped("refused_in_part")), (500, 500));
}

/// A decision about a stream that is not allowed refuses the request.
#[tokio::test]
async fn a_forbidden_decision_is_refused() {
    let rig = Setup::faulty("do: shape").start().await;
    let refused = send(&rig, 0, 1).await.expect_err("a reason that was not announced");
    assert!(refused.to_string().contains("drop reason 7"), "{refused}");
    assert_eq!(rig.guest(0).stream_limit.count(), 0);
}

/// A guest may write a hundred lines at once and no more, and none can break out of its line.
#[tokio::test]
async fn log_floods_are_cut() {
    let rig = Setup::faulty("on: 13, do: logs").start().await;
    send(&rig, 0, 13).await.expect("logging is no crime");
    assert_eq!(rig.guest(0).log.lost(), 400, "500 lines while the clock stands");
}

/// A guest that fails after it has written gets no more lines for its next instance, and the host's own about it count too.
#[tokio::test]
async fn log_floods_of_failing_instances_are_cut() {
    let rig = Setup::faulty("on: 13, do: shout").start().await;
    for second in 0..10 {
        send(&rig, second, 13).await.expect_err("it traps");
    }
    // Each batch is tried twice, writes 50 lines each time, and the host one more.
    assert_eq!(rig.guest(0).log.lost(), 10 * 2 * 51 - 100);
    assert_eq!(rig.guest(0).health.failures[0].load(Ordering::Relaxed), 20);
}

/// What a guest counts is added up when its call has succeeded; a call that came to nothing has counted nothing.
#[tokio::test]
async fn only_calls_that_succeed_count() {
    let rig = Setup::faulty("on: 13, do: trap").start().await;
    send(&rig, 0, 1).await.expect("taken");
    send(&rig, 1, 13).await.expect_err("poisoned");
    send(&rig, 2, 1).await.expect("taken");
    let processor = rig.guest(0);
    assert_eq!(processor.needs.counters, ["calls"]);
    assert_eq!(processor.health.events.read().next(), Some(2));
    let pipelines = vec![(Arc::clone(&rig.pipeline.view), Arc::clone(&rig.pipeline.leg))];
    let page = Sources { pipelines, ..Sources::default() }.page();
    let line = r#"alluvium_guest_events_total{processor="deltatocumulative",event="calls"} 2"#;
    assert!(page.lines().any(|served| served == line), "{page}");
}

/// A time far ahead would make the back-end refuse the present of its series: it becomes five minutes ahead at most.
#[tokio::test]
async fn a_guest_cannot_reach_far_into_the_future() {
    let rig = Setup::faulty("on: 13, do: future").start().await;
    send(&rig, 0, 13).await.expect("taken");
    rig.flush().await;
    rig.sink.wait_for_samples(1).await;
    let limit = (BEGIN + 5 * 60 * SECOND) / 1_000_000;
    assert_eq!(rig.sink.samples()[0].time, limit as i64);
    let health = &rig.guest(0).health;
    assert_eq!(health.future.load(Ordering::Relaxed), 1);
}

/// A request with something in all parts of a description.
fn described() -> bytes::Bytes {
    let value = |value| Some(AnyValue { value: Some(value) });
    let key_value = |key: &str, value| KeyValue { key: key.into(), value, ..KeyValue::default() };
    let list = ArrayValue { values: vec![AnyValue { value: Some(Value::IntValue(1)) }, AnyValue { value: None }] };
    let map = KeyValueList { values: vec![key_value("k", value(Value::BytesValue(vec![0xff])))] };
    let scope = InstrumentationScope {
        name: "meter".into(),
        version: "1.2".into(),
        attributes: vec![key_value("double", value(Value::DoubleValue(0.5)))],
        ..InstrumentationScope::default()
    };
    let mut points = vec![point("a", BEGIN, BEGIN + SECOND, 1)];
    points[0].attributes.push(key_value("list", value(Value::ArrayValue(list))));
    points[0].attributes.push(key_value("map", value(Value::KvlistValue(map))));
    let metrics = vec![sum("requests", DELTA, points)];
    let scope_metrics = vec![ScopeMetrics { scope: Some(scope), metrics, schema_url: String::new() }];
    let resource = Some(Resource { attributes: vec![text("service.name", "test")], ..Resource::default() });
    let resource_metrics = vec![ResourceMetrics { resource, scope_metrics, schema_url: String::new() }];
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec().into()
}

/// A guest is told the parts of a description that it reads, and no other; structures come in OTLP's JSON mapping.
#[tokio::test]
async fn a_guest_is_told_what_it_reads() {
    let resource = "resource[service.name=Value::Text(\"test\");]";
    let scope = "scope[meter 1.2 double=Value::Double(0.5);]";
    let list = r#"{\"arrayValue\":{\"values\":[{\"intValue\":\"1\"},{}]}}"#;
    let map = r#"{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{\"bytesValue\":\"/w==\"}}]}}"#;
    let point = format!(
        "point[list=Value::Structured(\"{list}\");map=Value::Structured(\"{map}\");stream=Value::Text(\"a\");]"
    );
    let (no_resource, no_scope, no_point) = ("resource[]", "scope[  ]", "point[]");
    for (reads, expected) in [
        ("[]", [no_resource, no_scope, no_point]),
        ("[1]", [resource, no_scope, no_point]),
        ("[2]", [no_resource, scope, no_point]),
        ("[3]", [no_resource, no_scope, &point]),
        ("[3, 1, 2]", [resource, scope, &point]),
    ] {
        let rig = Setup::faulty(&format!("do: tell, reads: {reads}")).start().await;
        let refused = rig.submit(described()).await.expect_err("it says so");
        assert!(refused.to_string().contains(&expected.join(" ")), "{reads}: {refused}");
    }
}

/// A description that is no OTLP is the guest's error; it is named, and nothing has been taken in.
#[tokio::test]
async fn a_broken_description_is_refused() {
    let rig = Setup::faulty("do: describe, reads: [3]").start().await;
    let refused = send(&rig, 0, 1).await.expect_err("no JSON");
    let expected = "structured value of \"odd\" must be an AnyValue in OTLP's JSON mapping";
    assert!(refused.to_string().contains(expected), "{refused}");
    assert_eq!((rig.held(0), rig.streams()), (0, 0));
}

/// A guest that does not decide about streams processes each of the kinds it wants, and leaves them what they are.
#[tokio::test]
async fn a_guest_without_shape_processes_all() {
    let setup = Setup { processor: format!("{{module: '{}'}}", example("shapeless").display()), ..Setup::default() };
    let rig = setup.start().await;
    let points = vec![point("a", BEGIN, BEGIN + SECOND, 21)];
    let cumulative = request_of(vec![text("service.name", "test")], vec![sum("requests", CUMULATIVE, points)]);
    rig.submit(cumulative).await.expect("taken");
    assert_eq!(values(&rig, 1).await, [42.0]);
    // A delta stays one, and no exporter takes it.
    send(&rig, 1, 1).await.expect("taken");
    assert_eq!(rig.dropped("delta_at_exporter"), 1);
}

/// A guest that processes nothing cannot say that it processes a stream: that is its error, and it is named.
#[tokio::test]
async fn a_guest_cannot_process_without_the_ability() {
    let setup = Setup { processor: format!("{{module: '{}'}}", example("shaper").display()), ..Setup::default() };
    let rig = setup.start().await;
    let refused = send(&rig, 0, 1).await.expect_err("it cannot");
    assert!(refused.to_string().contains("`process` needs the interface process-numbers"), "{refused}");
}

/// Compiles one of the examples of `tests/guests/faulty`.
pub(crate) fn example(name: &str) -> PathBuf {
    const TARGET: &str = "wasm32-unknown-unknown";
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
    let status = Command::new(env!("CARGO"))
        .env("CARGO_ENCODED_RUSTFLAGS", "-Clinker=wasm-component-ld")
        .env_remove("RUSTFLAGS")
        .args(["rustc", "--quiet", "--release", "--example", name, "--crate-type", "cdylib", "--target", TARGET])
        .args(["--package", "faulty-guest", "--target-dir"])
        .arg(&target)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the guest {name} compiles");
    target.join(TARGET).join("release/examples").join(name).with_extension("wasm")
}

/// Before it gets a point, what a guest asks for is looked at.
#[tokio::test]
async fn needs_are_checked() {
    for (settings, expected) in [
        ("words: 513", "number-words 513"),
        ("reads: [0]", "part of a description \"0\" must be 1"),
        ("reads: [4]", "part of a description \"4\" must be 1"),
        ("name: 'Not A Name'", "name"),
        ("do: trap-in-configure", "trapped"),
        ("do: nonsense", "do: cannot do nonsense"),
    ] {
        let error = Setup::faulty(settings).try_start().await.err().expect(settings);
        assert!(matches!(error, BuildError::Configure { .. }), "{error}");
        assert!(error.to_string().contains(expected), "{settings}: {error}");
    }
    let error = Setup::faulty("do: nonsense").try_start().await.err().expect("a problem");
    let BuildError::Configure { error: ConfigureError::Problems(problems), .. } = error else { panic!("{error}") };
    assert_eq!(problems[0].path, "do");
}

/// A file that is no component, or not there, or too large.
#[tokio::test]
async fn modules_are_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    };
    let core_module = b"\0asm\x01\0\0\0";
    let empty_component = b"\0asm\x0d\0\x01\0";
    let cases = [
        (path("text", b"no wasm"), "not a component"),
        (path("core", core_module), "not a component"),
        (path("truncated", &empty_component[..6]), "not a component"),
        (path("empty", empty_component), "alluvium:processor@0.1.0-draft"),
        (path("large", &vec![0; (32 << 20) + 1]), "a component may have"),
        (folder.path().join("absent"), "cannot read"),
    ];
    for (module, expected) in cases {
        let setup = Setup { processor: format!("{{module: '{}'}}", module.display()), ..Setup::default() };
        let error = setup.try_start().await.err().expect(expected);
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.to_string().contains("deltatocumulative"), "{error}");
    }
}

/// A body that comes too slowly is asked for again, as its deltas would be lost; a connection that says nothing for longer
/// than a body may take is still there.
#[tokio::test]
async fn slow_senders_lose_nothing() {
    let rig = Setup::default().start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let settings = receiver::Settings {
        id: "otlp".into(),
        protocol: Protocol::Http,
        endpoint: address.to_string(),
        limit: HTTP_BODY_BYTES,
    };
    let (stopping, stopped) = watch::channel(false);
    let receiver = tokio::spawn(settings.build(Arc::clone(&rig.pipeline.intake)).run(listener, stopped));
    let body = |second: u64| request(vec![point("a", BEGIN, BEGIN + second * SECOND, 1)]);
    let (mut idle, mut slow) = (connect(address).await, connect(address).await);
    assert!(post(&mut idle, &whole(&body(1))).await.starts_with("HTTP/1.1 200"));

    let message = whole(&body(2));
    let (first, last) = message.split_at(message.len() - 1);
    slow.write_all(first).await.expect("written");
    tokio::time::sleep(READ_TIMEOUT + Duration::from_secs(1)).await;
    let answer = post(&mut slow, last).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after"), "{answer}");
    assert!(post(&mut idle, &whole(&body(3))).await.starts_with("HTTP/1.1 200"));

    stopping.send_replace(true);
    tokio::time::timeout(Duration::from_secs(5), receiver).await.expect("idle connections end").expect("it ends");
}

async fn connect(address: std::net::SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("a connection")
}

/// An OTLP request over HTTP.
fn whole(body: &[u8]) -> Vec<u8> {
    let head = "POST /v1/metrics HTTP/1.1\r\nhost: test\r\ncontent-type: application/x-protobuf\r\ncontent-length: ";
    [head.as_bytes(), format!("{}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

/// Writes bytes, and reads what comes back.
async fn post(stream: &mut TcpStream, bytes: &[u8]) -> String {
    stream.write_all(bytes).await.expect("written");
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer[..length]).into_owned()
}
