//! `${...}` and `$$` in values. The numbers are those of the rules of the Collector's confmap, as a real Collector showed
//! them: what a reference is (1), names (2), what is not set (3), types (4), nesting and escapes (5), files and loops (6).

use config::node::{Node, Value};
use config::place::Place;
use config::report::Report;
use config::source::{self, Location};

use crate::world::World;

/// The environment and the files of all tests here.
fn world() -> World {
    World::default()
        .variables(&[
            ("PORT", "4317"),
            ("EMPTY", ""),
            ("OCTAL", "0123"),
            ("FRACTION", "1.0"),
            ("COMMENTED", "100 # a hundred"),
            ("MAP", "{a: 1}"),
            ("LIST", "[x, y]"),
            ("QUOTED", "'100'"),
            ("TEXT", "some # text"),
            ("YES", "yes"),
            ("TRUE", "true"),
            ("BROKEN", "[a, {"),
            ("TWICE", "{a: 1, a: 2}"),
            ("NAME_OF", "PORT"),
            ("CHAIN", "${env:PORT}"),
            ("WITHIN", "{a: '${env:PORT}', b: x$$y}"),
            ("DOLLARS", "a$$b"),
            ("LOOP", "${env:LOOP}"),
            ("PING", "x${PONG}"),
            ("PONG", "${PING}"),
            ("DEEP", "{a: '${env:DEEP}'}"),
            ("OPEN", "${env:PO"),
        ])
        .files(&[("/text", "hello\n"), ("/map", "timeout: 5s\nsize: 10\n"), ("/refers", "port: ${env:PORT}\n")])
}

/// The value that `written` stands for, in a flow style that shows types, and the text that a text field gets.
fn expanded(written: &str) -> (String, Option<String>, Report) {
    let mut report = Report::default();
    let text = format!("key: {written}\n");
    let location = Location::Text { name: "test.yaml".into(), text };
    let root = source::load(&[location], &world(), &mut report).expect("a configuration");
    let node = root.find("key").node;
    (shape(node), node.text().map(str::to_owned), report)
}

/// Texts in quotes, all else without.
pub fn shape(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".into(),
        Value::Reference => "unknown".into(),
        Value::Plain(text) => text.clone(),
        Value::Quoted(text) => format!("{text:?}"),
        Value::List(items) => format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, node)| format!("{}: {}", key.text, shape(node))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// What is written, what it stands for, and what it is as text. Nothing is said of any.
#[test]
fn values() {
    for (rule, written, value, text) in [
        // 1: a scheme or none, values only, a bare $ is text, what is not closed is text.
        (1, "${env:PORT}", "4317", "4317"),
        (1, "${PORT}", "4317", "4317"),
        (1, "$PORT", "$PORT", "$PORT"),
        (1, "'${PORT'", "\"${PORT\"", "${PORT"),
        (1, "'}${'", "\"}${\"", "}${"),
        // 3: set but empty is nothing, and the default is not used.
        (3, "${env:EMPTY}", "null", ""),
        (3, "${env:EMPTY:-default}", "null", ""),
        (3, "${env:UNSET:-default}", "\"default\"", "default"),
        (3, "${env:UNSET:-5}", "5", "5"),
        (3, "${env:UNSET:-}", "\"\"", ""),
        (3, "${env:UNSET:-a:-b}", "\"a:-b\"", "a:-b"),
        (3, "${env:PORT:-5}", "4317", "4317"),
        (3, "${env:PORT:-}", "4317", "4317"),
        (3, "${env:EMPTY:-}", "null", ""),
        (3, "${env:UNSET:-~}", "null", "~"),
        (3, "a${env:EMPTY}b", "\"ab\"", "ab"),
        // 4: the whole scalar has the type of its value, in quotes or not; a text field gets the text as it was.
        (4, "\"${env:PORT}\"", "4317", "4317"),
        (4, "'${env:PORT}'", "4317", "4317"),
        (4, "${env:OCTAL}", "0123", "0123"),
        (4, "${env:FRACTION}", "1.0", "1.0"),
        (4, "${env:COMMENTED}", "100", "100 # a hundred"),
        (4, "${env:MAP}", "{a: 1}", "{a: 1}"),
        (4, "${env:LIST}", "[x, y]", "[x, y]"),
        (4, "${env:TRUE}", "true", "true"),
        // 4: what is text to YAML 1.2 stays as it is.
        (4, "${env:QUOTED}", "\"'100'\"", "'100'"),
        (4, "${env:TEXT}", "\"some # text\"", "some # text"),
        (4, "${env:YES}", "\"yes\"", "yes"),
        (4, "${env:BROKEN}", "\"[a, {\"", "[a, {"),
        (4, "${env:TWICE}", "\"{a: 1, a: 2}\"", "{a: 1, a: 2}"),
        // 4: within a longer text it is text.
        (4, "1${env:PORT}", "\"14317\"", "14317"),
        (4, "${env:PORT}${env:PORT}", "\"43174317\"", "43174317"),
        (4, "http://${env:QUOTED}/${env:MAP}", "\"http://'100'/{a: 1}\"", "http://'100'/{a: 1}"),
        // 5: inner ones first; what comes out is looked at again; escapes go last.
        (5, "${env:${NAME_OF}}", "4317", "4317"),
        (5, "${env:UNSET:-${env:PORT}}", "4317", "4317"),
        (5, "${env:UNSET:-${env:UNSET:-x}}", "\"x\"", "x"),
        (5, "${env:CHAIN}", "4317", "4317"),
        (5, "a${env:CHAIN}", "\"a4317\"", "a4317"),
        (5, "${${NAME_OF}}", "4317", "4317"),
        (5, "$${env:${NAME_OF}}", "\"${env:PORT}\"", "${env:PORT}"),
        (5, "'$${$${PORT}}'", "\"${${PORT}}\"", "${${PORT}}"),
        (5, "${env:OPEN}RT}", "4317", "4317"),
        (5, "${env:WITHIN}", "{a: 4317, b: x$y}", "{a: '4317', b: x$y}"),
        (5, "${env:DOLLARS}", "\"a$b\"", "a$b"),
        (5, "a$b", "a$b", "a$b"),
        (5, "a$$b", "a$b", "a$b"),
        (5, "$${PORT}", "${PORT}", "${PORT}"),
        (5, "$$${PORT}", "\"$4317\"", "$4317"),
        (5, "$$$${PORT}", "$${PORT}", "$${PORT}"),
        (5, "$$$$${PORT}", "\"$$4317\"", "$$4317"),
        // Here a Collector replaces the escaped one as well.
        (5, "$${PORT} ${PORT}", "\"${PORT} 4317\"", "${PORT} 4317"),
        // 6: files and YAML.
        (6, "${file:/text}", "\"hello\\n\"", "hello\n"),
        (6, "${file:/map}", "{timeout: 5s, size: 10}", "timeout: 5s\nsize: 10\n"),
        (6, "${file:/refers}", "{port: 4317}", "port: 4317\n"),
        (6, "'${yaml:[a, 1]}'", "[a, 1]", "[a, 1]"),
        (6, "'${yaml:{a: 1}}'", "\"{a: 1}\"", "{a: 1}"),
        (6, "${yaml:a::b}", "\"a::b\"", "a::b"),
    ] {
        let (found, found_text, report) = expanded(written);
        assert_eq!((found.as_str(), found_text.as_deref()), (value, Some(text)), "rule {rule}: {written}\n{report}");
        assert!(report.problems().is_empty(), "rule {rule}: {written}\n{report}");
    }
}

/// Keys are never expanded (1).
#[test]
fn keys() {
    let mut report = Report::default();
    let location = Location::Text { name: "test.yaml".into(), text: "${PORT}: $$\n".into() };
    let root = source::load(&[location], &world(), &mut report).expect("a configuration");
    assert_eq!(shape(&root), "{${PORT}: $}");
}

/// What cannot be replaced: the exact message and help, at the place of the reference.
#[test]
fn errors() {
    for (rule, written, column, message, help) in [
        (1, "${ENV:PORT}", 6, "${ENV:PORT} has an unknown scheme, \"ENV\"", "did you mean ${env:PORT}?"),
        (
            1,
            "http://${PORT:-5}/x",
            13,
            "${PORT:-5} has an unknown scheme, \"PORT\"",
            "write ${env:PORT:-5} for a variable with a default",
        ),
        (
            1,
            "'${http://localhost/}'",
            7,
            "${http://localhost/} has an unknown scheme, \"http\"",
            "write ${env:NAME}, ${env:NAME:-default}, ${file:PATH} or ${yaml:TEXT}; $${ is the text ${",
        ),
        (2, "${env:T:5s}", 6, "environment variable \"T:5s\" has invalid name", "write ${env:T:-5s} for a default"),
        (
            2,
            "${env:1ST}",
            6,
            "environment variable \"1ST\" has invalid name",
            "a name has letters, digits and _, and no digit in front",
        ),
        (
            2,
            "${env:${env:MAP}}",
            6,
            "a reference that ${env:${env:MAP}} leads to is malformed",
            "write ${env:NAME}, ${env:NAME:-default}, ${file:PATH} or ${yaml:TEXT}; $${ is the text ${",
        ),
        (
            5,
            "${env:UNSET:-a$$b}",
            6,
            "${env:UNSET:-a$$b} has a $ that begins no reference",
            "write ${env:NAME}, ${env:NAME:-default}, ${file:PATH} or ${yaml:TEXT}; $${ is the text ${",
        ),
        (6, "${file:/missing}", 6, "cannot read the file of ${file:/missing}: entity not found", ""),
        (
            6,
            "${env:LOOP}",
            6,
            "too many recursive expansions: ${env:LOOP} leads to itself, or too far",
            "look at what the variables and files that it names refer to",
        ),
        (
            6,
            "${PONG}",
            6,
            "too many recursive expansions: a reference that ${PONG} leads to leads to itself, or too far",
            "look at what the variables and files that it names refer to",
        ),
    ] {
        let (found, _, report) = expanded(written);
        assert_eq!(found, "unknown", "rule {rule}: {written}");
        let problems = report.problems();
        let [problem] = problems.as_slice() else { panic!("one problem: {report}") };
        let said = (problem.place, problem.path.as_str(), problem.message.as_str(), problem.help.as_str());
        assert_eq!(said, (Place::new(1, column), "key", message, help), "rule {rule}: {written}\n{report}");
    }
}

/// A map that refers to itself is found out at its second turn (6).
#[test]
fn a_loop_of_maps() {
    let (found, _, report) = expanded("${env:DEEP}");
    assert_eq!(found, "{a: unknown}");
    assert_eq!(
        report.to_string(),
        "\
error: key: too many recursive expansions: ${env:DEEP} leads to itself, or too far
 --> test.yaml:1:6
  |
1 | key: ${env:DEEP}
  |      ^^^^^^^^^^^
  = help: look at what the variables and files that it names refer to

test.yaml: 1 error; the host does not start
"
    );
}

/// What is not set is nothing, with a warning (3); the example of the help is one that may be copied.
#[test]
fn unset() {
    for (written, value, column) in [("${env:UNSET}", "null", 6), ("${UNSET}", "null", 6), ("a-${UNSET}", "\"a-\"", 8)]
    {
        let (found, _, report) = expanded(written);
        assert_eq!(found, value, "{written}");
        let problems = report.problems();
        let [problem] = problems.as_slice() else { panic!("one problem: {report}") };
        assert!(!report.has_errors());
        let reference = written.trim_start_matches("a-");
        assert_eq!(problem.message, format!("{reference} is not set; nothing stands here"));
        assert_eq!(problem.help, "set it, or write ${env:UNSET:-value} with a value for when it is not");
        assert_eq!(problem.place, Place::new(1, column));
    }
}
