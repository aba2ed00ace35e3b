use clock::{Moment, MonotonicNanos, UnixNanos};
use component::extension::Condition;
use http_body_util::BodyExt as _;

use super::answer::answer;
use super::block::{Bodies, Keys};

/// 2026-01-02T03:04:05Z.
const SINCE: Moment = Moment { wall: UnixNanos(1_767_323_045 * SECOND), monotonic: MonotonicNanos(7 * SECOND) };
const NOW: Moment = Moment { wall: UnixNanos(0), monotonic: MonotonicNanos((7 + 61 * 60 + 5) * SECOND) };

const SECOND: u64 = 1_000_000_000;

async fn ask(keys: &Keys, path: &str, condition: Condition) -> (u16, String) {
    let answer = answer(keys, path, condition, NOW);
    let status = answer.status().as_u16();
    #[expect(clippy::disallowed_methods, reason = "the body is the host's own")]
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

/// Scenario: a host in each condition. Guarantee: 200 only while it takes requests, with the Collector's body.
#[tokio::test]
async fn conditions() {
    let keys = Keys::default();
    let body = r#"{"status":"Server available","upSince":"2026-01-02T03:04:05.000Z","uptime":"1h1m5s"}"#;
    assert_eq!(ask(&keys, "/", Condition::Ready(SINCE)).await, (200, body.to_owned()));
    let body = r#"{"status":"Server not available","upSince":"0001-01-01T00:00:00Z","uptime":""}"#;
    for condition in [Condition::Starting, Condition::Broken, Condition::Stopping] {
        assert_eq!(ask(&keys, "/", condition).await, (503, body.to_owned()));
    }
}

/// Scenario: other texts, on another path. Guarantee: they are answered there, and nothing elsewhere.
#[tokio::test]
async fn other_words() {
    let bodies = Bodies { healthy: "yes".into(), unhealthy: "no".into() };
    let keys = Keys { path: "/health".into(), response_body: Some(bodies), ..Keys::default() };
    assert_eq!(ask(&keys, "/health", Condition::Ready(SINCE)).await, (200, "yes".to_owned()));
    assert_eq!(ask(&keys, "/health", Condition::Stopping).await, (503, "no".to_owned()));
    assert_eq!(ask(&keys, "/", Condition::Ready(SINCE)).await.0, 404);
    assert_eq!(ask(&Keys::default(), "/anything", Condition::Ready(SINCE)).await.0, 200);
}
