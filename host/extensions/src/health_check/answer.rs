//! What is answered.

use std::time::{Duration, UNIX_EPOCH};

use clock::Moment;
use component::extension::Condition;
use http::StatusCode;
use serde_json::json;
use telemetry::server::{Answer, empty, text};

use super::block::Keys;

/// The Collector's time of a server that is not ready.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// The answer at a path, now.
pub fn answer(keys: &Keys, path: &str, condition: Condition, now: Moment) -> Answer {
    let is_there = path == keys.path || (keys.path.ends_with('/') && path.starts_with(&keys.path));
    if !is_there {
        return empty(StatusCode::NOT_FOUND);
    }
    let status = match condition {
        Condition::Ready(_) => StatusCode::OK,
        Condition::Starting | Condition::Broken | Condition::Stopping => StatusCode::SERVICE_UNAVAILABLE,
    };
    match &keys.response_body {
        Some(bodies) if status == StatusCode::OK => text(status, "text/plain; charset=utf-8", bodies.healthy.clone()),
        Some(bodies) => text(status, "text/plain; charset=utf-8", bodies.unhealthy.clone()),
        None => text(status, "application/json", body(condition, now)),
    }
}

fn body(condition: Condition, now: Moment) -> String {
    let body = match condition {
        Condition::Ready(since) => json!({
            "status": "Server available",
            "upSince": humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_nanos(since.wall.0)).to_string(),
            "uptime": span(now.monotonic.since(since.monotonic)),
        }),
        _ => json!({"status": "Server not available", "upSince": NEVER, "uptime": ""}),
    };
    body.to_string()
}

/// A span as Go writes it, to whole seconds.
fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}
