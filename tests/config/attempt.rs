//! A configuration that a test reads, and what is said of it.

use alluvium::assembly::{self, Settings};
use config::place::Place;
use config::report::{Problem, Report, Severity};

/// A valid configuration in which tests replace something.
pub const VALID: &str = include_str!("fixtures/valid.yaml");

pub struct Attempt {
    pub settings: Option<Settings>,
    pub report: Report,
}

/// Reads a text.
pub fn read(text: &str) -> Attempt {
    let (settings, report) = assembly::read("test.yaml", text);
    assert_eq!(settings.is_none(), report.has_errors(), "settings are there unless there are errors:\n{report}");
    Attempt { settings, report }
}

/// Reads [`VALID`] with one thing changed.
pub fn valid_but(from: &str, to: &str) -> Attempt {
    assert!(VALID.matches(from).count() == 1, "{from:?} stands once in the valid configuration");
    read(&VALID.replace(from, to))
}

impl Attempt {
    /// The settings of a configuration with which nothing at all is wrong.
    pub fn flawless(self) -> Settings {
        assert!(self.report.problems().is_empty(), "{}", self.report);
        self.settings.expect("settings")
    }

    /// Exactly this error, and nothing else. All of `says` stand in its message, all of `advises` in its help.
    #[track_caller]
    pub fn is_error(&self, line: usize, column: usize, path: &str, says: &[&str], advises: &[&str]) {
        self.is_only(Severity::Error, Place::new(line, column), path, says, advises);
    }

    /// Exactly this warning.
    #[track_caller]
    pub fn is_warning(&self, line: usize, column: usize, path: &str, says: &[&str], advises: &[&str]) {
        self.is_only(Severity::Warning, Place::new(line, column), path, says, advises);
    }

    #[track_caller]
    fn is_only(&self, severity: Severity, place: Place, path: &str, says: &[&str], advises: &[&str]) {
        let problems = self.report.problems();
        let [problem] = problems.as_slice() else { panic!("expected one problem:\n{}", self.report) };
        let Problem { message, help, .. } = problem;
        let found = (problem.severity, problem.place, problem.path.as_str());
        assert_eq!(found, (severity, place, path), "\n{}", self.report);
        for (words, text) in [(says, message), (advises, help)] {
            for word in words {
                assert!(text.contains(word), "no {word:?} in {text:?}:\n{}", self.report);
            }
        }
    }

    /// Every problem: its line and its path.
    pub fn places(&self) -> Vec<(usize, String)> {
        self.report.problems().iter().map(|problem| (problem.place.line, problem.path.clone())).collect()
    }
}
