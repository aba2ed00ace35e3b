//! A guest that misbehaves costs its batch at most; state is the host's.

use std::sync::atomic::Ordering;

use alluvium::guest::ConfigureError;
use alluvium::pipeline::build::BuildError;
use alluvium::pipeline::intake::Refusal;

use crate::harness::{Rig, Setup};
use crate::support::otlp::{BEGIN, SECOND, point, request};

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
    let health = &rig.pipeline.view.processors[0].health;
    assert_eq!(health.failures.load(Ordering::Relaxed), 4);
    assert_eq!(health.restarts.load(Ordering::Relaxed), 4);
}

/// A batch that fails twice is refused in a way that can be retried, nothing of it is counted, and all others go on. One
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
        assert!(refused.may_retry(), "{fault}");
        assert!(refused.to_string().contains(expected), "{fault}: {refused}");
        // The sender comes again, with the same result; then others do.
        send(&rig, 1, 13).await.expect_err(fault);
        send(&rig, 2, 2).await.expect("taken");
        assert_eq!(values(&rig, 2).await, [1.0, 3.0], "{fault}");
        assert_eq!(rig.resent(), 0, "{fault}: a refused point has not been here");
    }
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

/// A decision about a stream that is not allowed refuses the request.
#[tokio::test]
async fn a_forbidden_decision_is_refused() {
    let rig = Setup::faulty("do: shape").start().await;
    let refused = send(&rig, 0, 1).await.expect_err("a reason that was not announced");
    assert!(refused.to_string().contains("drop reason 7"), "{refused}");
    assert_eq!(rig.pipeline.view.processors[0].population.count(), 0);
}

/// A guest may write a hundred lines at once and no more, and none can break out of its line.
#[tokio::test]
async fn log_floods_are_cut() {
    let rig = Setup::faulty("on: 13, do: logs").start().await;
    send(&rig, 0, 13).await.expect("logging is no crime");
}

/// Before it gets a point, what a guest asks for is looked at.
#[tokio::test]
async fn needs_are_checked() {
    for (settings, expected) in [
        ("words: 513", "number-words 513"),
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
        (path("large", &vec![0; (16 << 20) + 1]), "a component may have"),
        (folder.path().join("absent"), "cannot read"),
    ];
    for (module, expected) in cases {
        let setup = Setup { processor: format!("{{module: '{}'}}", module.display()), ..Setup::default() };
        let error = setup.try_start().await.err().expect(expected);
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.to_string().contains("deltatocumulative"), "{error}");
    }
}
