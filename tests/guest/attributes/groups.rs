//! Groups of rules: those of several processors in a row.

use serde_json::json;

use super::{Outcome, shape, stream, text, with};

/// The condition of a group is judged before its first action: what an action changes does not matter to it.
#[test]
fn judged_once() {
    let is_opus = json!({ "compare": [{ "point": "model" }, "==", "opus"] });
    let actions = json!([
        { "action": "update", "key": "model", "value": "other" },
        { "action": "insert", "key": "seen", "value": true },
    ]);
    let (outcome, _) = shape(&json!({ "groups": [{ "if": is_opus, "actions": actions }] }), &stream());
    let Outcome::Changed(changed) = outcome else { panic!("{outcome:?}") };
    assert_eq!(changed.attributes.len(), 3);
    let other = with(&[text("model", "haiku")]);
    assert_eq!(shape(&json!({ "groups": [{ "if": is_opus, "actions": actions }] }), &other).0, Outcome::Passed);
}

/// The next group sees what the ones before it have left, and drops are counted for the group that says so.
#[test]
fn in_order() {
    let set = json!({ "actions": [{ "action": "upsert", "key": "stage", "value": "test" }], "on": "resource" });
    let drop = json!({ "drop": { "compare": [{ "resource": "stage" }, "==", "test"] } });
    let rules = json!({ "block": { "rules": [{ "drop": true, "where": { "type": "input" } }] } });
    for (groups, outcome) in [
        (json!([set, drop, rules]), Outcome::Dropped(1)),
        (json!([drop, rules, set]), Outcome::Dropped(1)),
        (json!([rules, set, drop]), Outcome::Dropped(0)),
        (json!([drop]), Outcome::Passed),
    ] {
        assert_eq!(shape(&json!({ "groups": groups }), &stream()).0, outcome, "{groups}");
    }
}

/// The host is asked for what any group touches: 1 resource, 2 scope, 3 point.
#[test]
fn reads() {
    let by_name = json!({ "drop": { "match": [{ "metric": "name" }, "x"] } });
    let resource = json!({ "on": "resource", "actions": [{ "action": "delete", "key": "a" }] });
    let scope =
        json!({ "if": { "match": [{ "instrumentation": "name" }, "x"] }, "block": { "rules": [{ "delete": "a" }] } });
    for (groups, reads) in [
        (json!([by_name]), vec![]),
        (json!([by_name, resource]), vec![1]),
        (json!([scope]), vec![2, 3]),
        (json!([scope, by_name, resource]), vec![1, 2, 3]),
    ] {
        assert_eq!(shape(&json!({ "groups": groups }), &stream()).1, reads, "{groups}");
    }
}
