//! Texts that mean harm: they are refused in little time, with little stack and memory, and a short report.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::attempt::{Attempt, VALID, read, valid_but};

/// A thread with far less stack than the main thread has.
const STACK: usize = 1 << 20;

/// Lines of a report that a person may still read.
const LINES: usize = 400;

fn read_with_little_stack(text: String) -> Attempt {
    let reading = std::thread::Builder::new().stack_size(STACK).spawn(move || read(&text)).expect("a thread");
    let attempt = reading.join().expect("it comes back");
    let report = attempt.report.to_string();
    assert!(report.lines().count() <= LINES, "{} lines", report.lines().count());
    assert!(report.len() < 100_000, "{} bytes", report.len());
    attempt
}

/// Nesting, in every form that YAML has.
#[test]
fn deep() {
    let lines = |indented: &dyn Fn(usize) -> String| (0..1_000).map(|depth| format!("{}\n", indented(depth))).collect();
    for text in [
        "[".repeat(1_000_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        format!("a: {}{}", "[".repeat(200), "]".repeat(200)),
        lines(&|depth| format!("{}a:", " ".repeat(depth))),
        format!("{VALID}x: {}", "[".repeat(100)),
    ] {
        let attempt = read_with_little_stack(text);
        let problem = attempt.report.problems()[0].clone();
        assert!(problem.message.contains("more than 64 levels"), "{}", attempt.report);
        assert!(problem.place.line > 0 && problem.place.column > 0, "{}", attempt.report);
    }
}

/// Depth that only aliases add up to.
#[test]
fn deep_by_aliases() {
    let mut text = format!("a0: &a0 {}x{}\n", "[".repeat(40), "]".repeat(40));
    for number in 1..20 {
        text += &format!("a{number}: &a{number} {}*a{}{}\n", "[".repeat(40), number - 1, "]".repeat(40));
    }
    read_with_little_stack(text).is_error(2, 49, "", &["more than 64 levels"], &[]);
}

/// A billion laughs.
#[test]
fn many_aliases() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for number in 1..10 {
        let aliases = vec![format!("*a{}", number - 1); 10].join(", ");
        text += &format!("a{number}: &a{number} [{aliases}]\n");
    }
    let attempt = read_with_little_stack(text);
    let problem = attempt.report.problems()[0].clone();
    assert!(problem.message.contains("aliases stand for more than 10000 values"), "{}", attempt.report);
    assert_eq!(problem.place.line, 4, "{}", attempt.report);
}

/// One long text that many aliases stand for.
#[test]
fn long_aliases() {
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 5_000].join(", "));
    let attempt = read_with_little_stack(text);
    attempt.is_error(2, 45, "b.10", &["aliases stand for more than 1048576 bytes"], &["themselves"]);
}

/// An alias within its own anchor.
#[test]
fn an_alias_of_itself() {
    let attempt = read_with_little_stack("a: &a [*a]\n".into());
    assert_eq!(attempt.report.problems()[0].place.line, 1, "{}", attempt.report);
    assert!(attempt.report.problems()[0].message.contains("alias"), "{}", attempt.report);
}

/// Megabytes in one scalar or one key: the report shows where, and not all of it.
#[test]
fn long_scalars() {
    let long = "x".repeat(2_000_000);
    let value = read_with_little_stack(VALID.replace("timeout: 1s", &format!("timeout: {long}")));
    value.is_error(15, 14, "processors.batch.timeout", &["no duration"], &["1h30m"]);
    let key = read_with_little_stack(VALID.replace("    timeout: 1s", &format!("    ? {long}\n    : 1s")));
    assert_eq!(key.report.problems()[0].message, "unknown key");
    let list = read_with_little_stack(VALID.replace("[otlp]", &long));
    assert!(list.report.problems()[0].message.contains("expected a list"));
    let line = read_with_little_stack(format!("{{recievers: {{}}, {long}: a, service: {{}}}}"));
    assert_eq!(line.report.problems()[0].place.column, 2);
}

/// A hundred thousand mistakes: the first fifty are shown, and the rest counted.
#[test]
fn many_mistakes() {
    let keys: String = (0..100_000).map(|number| format!("    key{number}: 1\n")).collect();
    let attempt = read_with_little_stack(VALID.replace("    timeout: 1s\n", &keys));
    assert_eq!(attempt.report.problems().len(), 100_000);
    let report = attempt.report.to_string();
    assert!(report.contains("and 99950 more"), "{}", report.lines().last().unwrap_or_default());
    assert!(report.contains("100000 errors"), "{}", report.lines().last().unwrap_or_default());
}

/// A terminal obeys escape sequences; a report does not hand them on.
#[test]
fn control_characters() {
    let escapes = "\u{1b}[2J\u{7}\u{202e}";
    for text in [
        VALID.replace("timeout: 1s", &format!("timeout: {escapes}")),
        VALID.replace("timeout: 1s", &format!("{escapes}: 1s")),
        VALID.replace("[otlp]", &format!("[\"{escapes}\"]")),
    ] {
        let report = read(&text).report.to_string();
        let odd = |character: &char| (character.is_control() && *character != '\n') || *character == '\u{202e}';
        assert_eq!(report.chars().find(odd), None, "{report:?}");
    }
    read("a: \0\n").is_error(1, 4, "", &["not valid YAML"], &[]);
}

/// Columns count characters, and marks stand under the right one.
#[test]
fn other_alphabets() {
    let attempt = valid_but("    timeout: 1s", "    {größe: 1s}");
    assert_eq!(attempt.report.problems()[0].place.column, 6);
    let report = attempt.report.to_string();
    assert!(report.contains("15 |     {größe: ****}\n"), "{report}");
    assert!(report.contains("   |      ^^^^^\n"), "{report}");
}

/// What slips into a file, or means something to YAML.
const SCRAPS: [&str; 24] = [
    "",
    " ",
    "\n",
    "\t",
    "\r",
    ":",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "#",
    "&a ",
    "*a",
    "<<: ",
    "${X}",
    "$$",
    "| ",
    "?",
    "---\n",
    "\u{fffd}\u{301}",
];

const FIXTURES: [&str; 3] = [VALID, include_str!("fixtures/worker.yaml"), include_str!("fixtures/anchors.yaml")];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to a file: it is taken or refused, and every problem has a place in it.
    #[test]
    fn accidents(
        fixture in prop::sample::select(&FIXTURES[..]),
        accidents in prop::collection::vec((any::<Index>(), 0..6_usize, prop::sample::select(&SCRAPS[..])), 1..4),
    ) {
        let mut text: Vec<char> = fixture.chars().collect();
        for (place, lost, scrap) in accidents {
            let begin = place.index(text.len());
            let end = (begin + lost).min(text.len());
            text.splice(begin..end, scrap.chars());
        }
        let text: String = text.into_iter().collect();
        let attempt = read(&text);
        let lines = text.replace("\r\n", "\n").replace('\r', "\n").lines().count();
        for problem in attempt.report.problems() {
            let place = problem.place;
            prop_assert!((1..=lines + 1).contains(&place.line) && place.column > 0, "{:?} in\n{}", place, text);
            prop_assert!(!problem.message.is_empty());
        }
        prop_assert!(attempt.report.to_string().lines().count() <= LINES);
    }
}
