//! How a report looks.

use alluvium::assembly;

/// Where, the line itself with a mark, what and what to do; then what it comes to.
#[test]
fn two_problems() {
    let (settings, report) = assembly::read("two.yaml", include_str!("fixtures/two.yaml"));
    assert!(settings.is_none());
    assert_eq!(report.to_string(), include_str!("fixtures/two.txt"));
}

/// A long line is cut around the place.
#[test]
fn a_long_line() {
    let blank = " ".repeat(200);
    let text = format!("{{service: {{}},{blank}recievers: {{}},{blank}processors: {{}}}}");
    let (_, report) = assembly::read("long.yaml", &text);
    let expected = format!(
        "\
error: recievers: unknown key
 --> long.yaml:1:214
  |
1 | ...{}recievers: ****,{}...
  |    {}^^^^^^^^^
  = help: did you mean receivers?
",
        " ".repeat(50),
        " ".repeat(34),
        " ".repeat(50),
    );
    let report = report.to_string();
    assert!(report.contains(&expected), "{report}\n\n{expected}");
}

/// Warnings alone do not keep the host from starting, and say so by saying nothing of it.
#[test]
fn a_warning() {
    let text = include_str!("fixtures/valid.yaml").replace("timeout: 1s", "timeout: 5");
    let (settings, report) = assembly::read("warned.yaml", &text);
    assert!(settings.is_some());
    assert_eq!(
        report.to_string(),
        "\
warning: processors.batch.timeout: a number without a unit is nanoseconds: 5ns
  --> warned.yaml:15:14
   |
15 |     timeout: 5
   |              ^
   = help: write 5s if seconds are meant

warned.yaml: 1 warning
"
    );
}
