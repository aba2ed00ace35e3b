//! References and locations that mean harm: they are refused in little time, with little stack and memory.

use std::time::{Duration, Instant};

use alluvium::assembly::{self, Signals};
use config::report::Report;
use config::source::{Location, TEXT_BYTES};

use crate::attempt::VALID;
use crate::world::World;

/// Far less than the main thread has.
const STACK: usize = 1 << 20;

/// An optimised build takes a tenth of it.
const TIME: Duration = Duration::from_secs(20);

fn read(locations: Vec<Location>, variables: &[(&str, &str)]) -> Report {
    let world = World::default().variables(variables);
    let start = Instant::now();
    let reading = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || assembly::load(&locations, &world, Signals::Metrics).1)
        .expect("a thread");
    let report = reading.join().expect("it comes back");
    let text = report.to_string();
    assert!(start.elapsed() < TIME, "{:?}", start.elapsed());
    assert!(text.lines().count() < 400 && text.len() < 100_000, "{} bytes", text.len());
    report
}

fn file(text: impl Into<String>) -> Location {
    Location::Text { name: "test.yaml".into(), text: text.into() }
}

#[track_caller]
fn says(report: &Report, part: &str) {
    assert!(report.problems().iter().any(|problem| problem.message.contains(part)), "no {part} in {report}");
}

/// What is said of `value` as the timeout of the valid configuration.
fn timeout(value: &str, variables: &[(&str, &str)]) -> Report {
    read(vec![file(VALID.replace("timeout: 1s", &format!("timeout: {value}")))], variables)
}

/// Variables of which each refers ten times to the next one.
fn laughs(begin: &str, between: &str, end: &str, last: &str) -> Vec<(String, String)> {
    let level = |level: usize| {
        let next = format!("${{env:A{}}}", level + 1);
        (format!("A{level}"), format!("{begin}{}{end}", vec![next; 10].join(between)))
    };
    (0..9).map(level).chain([("A9".to_owned(), last.to_owned())]).collect()
}

/// A billion laughs, as lists and as text.
#[test]
fn a_billion_laughs() {
    for (begin, between, end, last) in [
        ("['", "', '", "']", "x"),
        ("", "", "", "x"),
        ("", "", "", &"x".repeat(10_000)),
        ("{a: '", "', b: '", "'}", "x"),
    ] {
        let variables = laughs(begin, between, end, last);
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let report = timeout("'${env:A0}'", &variables);
        assert!(report.has_errors(), "{report}");
    }
}

/// A variable that refers to itself, once, twice, within lists, and through others.
#[test]
fn loops() {
    for value in
        ["${env:X}", "${env:X}${env:X}", "x${env:X}y", "['${env:X}']", "['${env:Y}']", "${env:Y}", "${env:${env:X}}"]
    {
        let report = timeout("${env:X}", &[("X", value), ("Y", "{a: '${env:X}', b: '${env:Y}'}")]);
        says(&report, "too many recursive expansions");
    }
}

/// Long texts that many references stand for, and more references than anybody writes.
#[test]
fn much_text() {
    let long = "x".repeat(1 << 20);
    let report = timeout(&format!("'{}'", "${env:X}".repeat(100)), &[("X", &long)]);
    says(&report, "all references make more than 16777216 bytes");
    let many = format!("a: [{}]", vec!["'${env:X}'"; 20_000].join(", "));
    says(&read(vec![file(many)], &[("X", "1")]), "more than 10000 references");
    let lists = format!("a: [{}]", vec!["'${env:X}'"; 1_000].join(", "));
    let list = format!("[{}]", "1, ".repeat(1_000));
    says(&read(vec![file(lists)], &[("X", &list)]), "more values than all of a configuration may have");
}

/// Nesting, within variables and through them.
#[test]
fn depth() {
    let nested = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    says(&timeout("${env:X}", &[("X", &nested)]), "nested more than 64 levels deep");
    let variables: Vec<(String, String)> =
        (0..100).map(|level| (format!("A{level}"), format!("[['${{env:A{}}}']]", level + 1))).collect();
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    says(&timeout("${env:A0}", &variables), "nested more than 64 levels deep");
    let deep = format!("{}x{}", "${yaml:[".repeat(900), "]}".repeat(900));
    assert!(timeout(&format!("'{deep}'"), &[]).has_errors());
    assert!(timeout(&format!("'{}'", "${env:".repeat(100_000)), &[]).has_errors());
    assert!(timeout(&format!("'{}{}'", "${env:".repeat(100_000), "}".repeat(100_000)), &[]).has_errors());
    says(&read(vec![file(format!("{}: 1", vec!["a"; 300].join("::")))], &[]), "nested more than 64 levels deep");
    let set = Location::set(&format!("{}=1", vec!["a"; 300].join("."))).expect("an argument");
    says(&read(vec![set], &[]), "nested more than 64 levels deep");
}

/// All texts together have a bound, and so have locations.
#[test]
fn sizes() {
    let comment = format!("#{}\n", "x".repeat(TEXT_BYTES / 2));
    let report = read(vec![file(comment.clone()), file(comment.clone()), file(VALID)], &[]);
    says(&report, "all texts together have more than 4194304 bytes");
    says(&read(vec![file(VALID); 1_001], &[]), "more than 1000 locations");
    says(&read(vec![file(format!("a: [{}]", "1,".repeat(600_000)))], &[]), "more values than");
    let keys: String = (0..10_000).map(|number| format!("k{number}::a: 1\n")).collect();
    assert!(read(vec![file(keys.clone()), file(keys)], &[]).has_errors());
}

/// Many values that must not be shown, and many problems.
#[test]
fn many_secrets() {
    let keys: String = (0..10_000).map(|number| format!("hunter{number}: {{secret{number}: a}}\n")).collect();
    let report = read(vec![file(VALID.replace("  batch:\n    timeout: 1s", "  batch: ${env:X}"))], &[("X", &keys)]);
    assert!(!report.to_string().contains("hunter"));
    let values: String = (0..5_000).map(|number| format!("    k{number}: '${{env:X}}{number}'\n")).collect();
    let report = read(vec![file(VALID.replace("    timeout: 1s\n", &values))], &[("X", "a long secret")]);
    assert_eq!(report.problems().len(), 5_000);
}
