//! Several configurations become one. The numbers are those of the rules of the Collector's confmap: maps and lists (1),
//! nothing (2), merging before expansion (3), paths as keys (4), `--set` (5).

use config::node::Node;
use config::report::Report;
use config::source::{self, Location};

use crate::expansion::shape;
use crate::world::World;

fn merged(locations: &[Location]) -> (Option<Node>, Report) {
    let mut report = Report::default();
    let world =
        World::default().variables(&[("P", "{c: 3}"), ("WHOLE", "a: {b: 7}")]).files(&[("a.yaml", "a: {b: 1}")]);
    (source::load(locations, &world, &mut report), report)
}

fn text(name: &str, text: &str) -> Location {
    Location::Text { name: name.into(), text: text.into() }
}

/// Two files, and what they are together.
#[test]
fn two_files() {
    for (rule, under, over, together) in [
        (1, "{a: {b: 1, c: 2}, d: 3}", "{a: {c: 4, e: 5}}", "{a: {b: 1, c: 4, e: 5}, d: 3}"),
        (1, "{a: {b: {c: {d: 1}}}}", "{a: {b: {c: {e: 2}}}}", "{a: {b: {c: {d: 1, e: 2}}}}"),
        (1, "{a: [1, 2]}", "{a: [3]}", "{a: [3]}"),
        (1, "{a: [{b: 1}]}", "{a: [{c: 1}]}", "{a: [{c: 1}]}"),
        (1, "{a: 1}", "{a: text}", "{a: text}"),
        (1, "{a: {b: 1}}", "{a: 2}", "{a: 2}"),
        (1, "{a: 2}", "{a: {b: 1}}", "{a: {b: 1}}"),
        (1, "{a: [1]}", "{a: {b: 1}}", "{a: {b: 1}}"),
        (2, "{a: {b: 1}}", "{a: }", "{a: null}"),
        (2, "{a: {b: {c: 1}, d: 2}}", "{a: {b: }}", "{a: {b: null, d: 2}}"),
        (2, "{a: {b: 1}}", "{a: {}}", "{a: {b: 1}}"),
        (2, "{a: }", "{a: {b: 1}}", "{a: {b: 1}}"),
        (2, "{a: 1}", "", "{a: 1}"),
        (2, "", "{a: 1}", "{a: 1}"),
        (3, "{a: {b: 1}}", "{a: '${env:P}'}", "{a: {c: 3}}"),
        (3, "{a: '${env:P}'}", "{a: {b: 1}}", "{a: {b: 1}}"),
        (4, "{a: {b: {c: 1, d: 2}}}", "{'a::b::c': 3}", "{a: {b: {c: 3, d: 2}}}"),
        (4, "{'a::b': 1, 'a::c': 2}", "{a: {c: 3}}", "{a: {b: 1, c: 3}}"),
        (4, "{a: {'b::c': 1}}", "{}", "{a: {b: {c: 1}}}"),
        (4, "{a: {b: {d: 2}, 'b::c': 1}}", "{}", "{a: {b: {d: 2, c: 1}}}"),
        (4, "{a: [{'b::c': 1}]}", "{}", "{a: [{b::c: 1}]}"),
    ] {
        let (root, report) = merged(&[text("one.yaml", under), text("two.yaml", over)]);
        assert_eq!(root.as_ref().map(shape).as_deref(), Some(together), "rule {rule}: {under} and {over}\n{report}");
        assert!(report.problems().is_empty(), "rule {rule}: {under} and {over}\n{report}");
    }
}

/// One value set over a file.
#[test]
fn set() {
    for (argument, together) in [
        ("a.b=2", "{a: {b: 2, c: x}}"),
        ("a::b=2", "{a: {b: 2, c: x}}"),
        ("a.b=", "{a: {b: null, c: x}}"),
        ("a.b=x=y", "{a: {b: x=y, c: x}}"),
        ("a.b=[1, {d: 2}]", "{a: {b: [1, {d: 2}], c: x}}"),
        ("a.b={d: 2}", "{a: {b: {d: 2}, c: x}}"),
        ("a.b='2'", "{a: {b: \"2\", c: x}}"),
        ("a.b=${env:P}", "{a: {b: {c: 3}, c: x}}"),
        ("d.e.f=1", "{a: {b: 1, c: x}, d: {e: {f: 1}}}"),
        ("d=1", "{a: {b: 1, c: x}, d: 1}"),
        ("a=", "{a: null}"),
    ] {
        let set = Location::set(argument).expect("an argument");
        let (root, report) = merged(&[text("one.yaml", "a: {b: 1, c: x}"), set]);
        assert_eq!(root.as_ref().map(shape).as_deref(), Some(together), "{argument}\n{report}");
    }
    assert!(Location::set("a.b").is_err_and(|error| error.contains("missing equal sign")));
    assert!(Location::set("=b").is_err_and(|error| error.contains("missing key")));
}

/// Where something wrong stands within what was set: each key and the value at its own column.
#[test]
fn places_in_a_set_value() {
    let (root, mut report) = merged(&[Location::set("alpha.beta={c: [d, 'e']}").expect("an argument")]);
    let root = root.expect("a configuration");
    for (path, column) in [("alpha", 1), ("alpha.beta", 7), ("alpha.beta.c", 13), ("alpha.beta.c.1", 20)] {
        assert_eq!(root.find(path).key.column, column, "{path}");
    }
    let place = root.find("alpha.beta.c.1").node.place;
    report.error(place, "alpha.beta.c.1", "wrong", "");
    assert_eq!(
        report.to_string(),
        "\
error: alpha.beta.c.1: wrong
 --> --set:1:20
  |
1 | alpha.beta={c: [d, 'e']}
  |                    ^^^

--set: 1 error; the host does not start
"
    );
}

/// Each kind of location.
#[test]
fn locations() {
    for (argument, together) in [
        ("a.yaml", "{a: {b: 1}}"),
        ("file:a.yaml", "{a: {b: 1}}"),
        ("env:WHOLE", "{a: {b: 7}}"),
        ("yaml:a::b: 2", "{a: {b: 2}}"),
        ("yaml:a: {b: 2}", "{a: {b: 2}}"),
    ] {
        let location = Location::parse(argument).expect("a location");
        let (root, report) = merged(&[location]);
        assert_eq!(root.as_ref().map(shape).as_deref(), Some(together), "{argument}\n{report}");
        assert!(report.problems().is_empty(), "{report}");
    }
    assert_eq!(Location::parse("c:\\a.yaml"), Ok(Location::File("c:\\a.yaml".into())));
    assert_eq!(Location::parse("./a:b"), Ok(Location::File("./a:b".into())));
    for (argument, part) in [
        ("https://example.com/a.yaml", "over the network"),
        ("http://example.com/a.yaml", "over the network"),
        ("s3://bucket/a.yaml", "no scheme s3"),
        ("env:A-B", "letters, digits and _"),
    ] {
        assert!(Location::parse(argument).is_err_and(|error| error.contains(part)), "{argument}");
    }
}

/// A location that is not there is an error, and those of all locations come at once.
#[test]
fn all_that_is_missing() {
    let locations = ["missing.yaml", "yaml:a: [", "env:UNSET"].map(|text| Location::parse(text).expect("a location"));
    let (root, report) = merged(&locations);
    assert!(root.is_none());
    assert_eq!(
        report.to_string(),
        "\
error: cannot read the configuration: entity not found
--> missing.yaml

error: not valid YAML: the text ends where something is still open
 --> yaml:1:5
  |
1 | a: [
  |     ^
  = help: end each bracket, brace and quote, and write a value behind each key

warning: the environment variable UNSET is not set; nothing is read from it
--> env:UNSET
 = help: set it, or remove the location

missing.yaml, yaml, env:UNSET: 2 errors, 1 warning; the host does not start
"
    );
}

/// A problem stands in the file that has the last word, whichever that is.
#[test]
fn places_of_merged_values() {
    let (root, _) = merged(&[text("one.yaml", "a:\n  b: 1\n  c: 2\n"), text("two.yaml", "a:\n\n  c: 3\n  d: 4\n")]);
    let root = root.expect("a configuration");
    let mut report = Report::default();
    let (one, two) = (report.add_source("one.yaml", ""), report.add_source("two.yaml", ""));
    for (path, source, line) in [("a", one, 1), ("a.b", one, 2), ("a.c", two, 3), ("a.d", two, 4)] {
        let place = root.find(path).key;
        assert_eq!((place.source, place.line), (source, line), "{path}");
    }
}
