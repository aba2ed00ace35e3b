//! What the guest makes of its block of the configuration.

use delta_to_cumulative::Component;
use delta_to_cumulative::configure::{Guest as _, Needs, Problem};

fn configure(settings: &str) -> Result<Needs, Vec<(String, String)>> {
    let pairs = |problems: Vec<Problem>| problems.into_iter().map(|problem| (problem.path, problem.message)).collect();
    Component::configure(settings.into()).map_err(pairs)
}

const MINUTE: u64 = 60 * 1_000_000_000;

/// The Collector's defaults: five minutes, no limit.
#[test]
fn defaults() {
    let needs = configure("{}").expect("valid");
    assert_eq!((needs.max_idle, needs.max_streams), (Some(5 * MINUTE), None));
}

#[test]
fn limits_are_declared() {
    let needs = configure(r#"{"max_stale":"1h30m","max_streams":20}"#).expect("valid");
    assert_eq!((needs.max_idle, needs.max_streams), (Some(90 * MINUTE), Some(20)));
}

/// Totals of `merge` do not depend on which stream a point is of. Under `strict` an older point of another stream would be
/// dropped.
#[test]
fn only_merged_state_adds_up() {
    assert!(configure("{}").expect("valid").additive);
    assert!(configure(r#"{"ordering":"merge"}"#).expect("valid").additive);
    assert!(!configure(r#"{"ordering":"strict"}"#).expect("valid").additive);
}

/// The Collector would refuse every stream, which nobody means.
#[test]
fn no_streams_is_no_limit() {
    assert_eq!(configure(r#"{"max_streams":0}"#).expect("valid").max_streams, None);
}

/// All problems at once, each with its key.
#[test]
fn problems() {
    let problems = configure(r#"{"max_stale":"0s","max_streams":-1,"ordering":"loose","max_stall":"5m"}"#)
        .expect_err("four mistakes");
    let keys: Vec<&str> = problems.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys.len(), 4);
    for key in ["max_stale", "max_streams", "ordering", "max_stall"] {
        assert!(keys.contains(&key), "{problems:?}");
    }
}

#[test]
fn not_a_map() {
    assert!(configure("[]").is_err());
    assert!(configure("{").is_err());
}
