//! A report as people read it: each problem with its line of the file, a mark under the place, and what to do.

use std::error::Error;
use std::fmt;

use super::report::{Problem, Report, Severity};

/// Whoever mends fifty problems runs the host again; more only scroll the first ones away.
const SHOWN: usize = 50;

/// Characters of a source line, which may be a whole file in flow style.
const LINE: usize = 100;

/// Characters of a message, a path or a help text, any of which may quote a key of megabytes.
const TEXT: usize = 400;

impl Error for Report {}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        let problems = self.problems();
        for problem in problems.iter().take(SHOWN) {
            let line = problem.place.line.checked_sub(1).and_then(|line| lines.get(line));
            self.problem(problem, line.copied(), formatter)?;
        }
        if let Some(hidden) = problems.len().checked_sub(SHOWN).filter(|hidden| *hidden > 0) {
            writeln!(formatter, "and {hidden} more\n")?;
        }
        self.verdict(&problems, formatter)
    }
}

impl Report {
    fn problem(&self, problem: &Problem, line: Option<&str>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { severity, place, path, message, help } = problem;
        let severity = match severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let key = if path.is_empty() { String::new() } else { format!("{}: ", printable(path, TEXT)) };
        writeln!(formatter, "{severity}: {key}{}", printable(message, TEXT))?;
        let number = if place.line == 0 { String::new() } else { place.line.to_string() };
        let margin = " ".repeat(number.len());
        let file = printable(&self.file, TEXT);
        if place.line == 0 {
            writeln!(formatter, "--> {file}")?;
        } else {
            writeln!(formatter, "{margin}--> {file}:{}:{}", place.line, place.column)?;
        }
        if let Some(line) = line {
            let (excerpt, mark) = excerpt(line, place.column.saturating_sub(1));
            writeln!(formatter, "{margin} |\n{number} | {excerpt}\n{margin} | {mark}")?;
        }
        if !help.is_empty() {
            writeln!(formatter, "{margin} = help: {}", printable(help, TEXT))?;
        }
        writeln!(formatter)
    }

    /// The last line: how much there is to do, and what it means.
    fn verdict(&self, problems: &[&Problem], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        let warnings = problems.len() - errors;
        let consequence = if errors > 0 { "; the host does not start" } else { "" };
        let counts: Vec<String> = [(errors, "error"), (warnings, "warning")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, noun)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
            .collect();
        if counts.is_empty() {
            return Ok(());
        }
        writeln!(formatter, "{}: {}{consequence}", printable(&self.file, TEXT), counts.join(", "))
    }
}

/// The part of a line around a column (from 0), and the marks under the word there.
fn excerpt(line: &str, column: usize) -> (String, String) {
    let characters: Vec<char> = line.chars().map(visible).collect();
    let column = column.min(characters.len());
    let from = if characters.len() <= LINE { 0 } else { column.saturating_sub(LINE / 2) };
    let to = characters.len().min(from + LINE);
    let (before, after) = (if from > 0 { "..." } else { "" }, if to < characters.len() { "..." } else { "" });
    let shown: String = characters[from..to].iter().collect();
    let indent = before.len() + column - from;
    let marks = word(&characters[column..to]).max(1);
    (format!("{before}{shown}{after}"), format!("{}{}", " ".repeat(indent), "^".repeat(marks)))
}

/// The length of the key or the value that begins here.
fn word(rest: &[char]) -> usize {
    match rest.first() {
        Some(quote @ ('"' | '\'')) => {
            rest.iter().skip(1).position(|next| next == quote).map_or(rest.len(), |end| end + 2)
        }
        Some('{' | '[' | '\u{2192}') => 1,
        _ => (0..rest.len()).find(|&end| is_end(&rest[end..])).unwrap_or(rest.len()),
    }
}

/// Whether a plain scalar has ended. It may hold blanks; a colon ends it in front of one.
fn is_end(rest: &[char]) -> bool {
    matches!(rest, [',' | ']' | '}', ..] | [':' | ' '] | [':' | ' ', ' ', ..] | [' ', '#', ..])
}

/// Text that shows as it is: a terminal must not obey what a file says.
fn printable(text: &str, most: usize) -> String {
    let mut printable: String = text.chars().take(most).map(visible).collect();
    if text.chars().nth(most).is_some() {
        printable.push_str("...");
    }
    printable
}

fn visible(character: char) -> char {
    match character {
        '\t' => '\u{2192}',
        '\n' => ' ',
        // Controls, and the marks that turn the direction of writing round.
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        other if other.is_control() => '\u{fffd}',
        other => other,
    }
}
