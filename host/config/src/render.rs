//! A report as people read it: each problem with its line of the file, a mark under the place, and what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;
use std::ops::Range;

use super::place::{Extent, Place, Source};
use super::report::{Other, Problem, Report, Severity};

/// Whoever mends fifty problems runs the host again; more only scroll the first ones away.
const SHOWN: usize = 50;

/// Characters of a source line, which may be a whole file in flow style.
const LINE: usize = 100;

/// Characters of a message, a path or a help text, any of which may quote a key of megabytes.
const TEXT: usize = 400;

/// Sources that the last line names.
const NAMES: usize = 10;

/// What stands in place of what is hidden.
const MASK: &str = "****";

impl Error for Report {}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems = self.problems();
        let shown = &problems[..problems.len().min(SHOWN)];
        let lines = Lines::of(self, shown);
        for note in self.notes() {
            writeln!(formatter, "note: {}\n", printable(note, TEXT))?;
        }
        for problem in shown {
            self.problem(problem, &lines, formatter)?;
        }
        if let Some(hidden) = problems.len().checked_sub(SHOWN).filter(|hidden| *hidden > 0) {
            writeln!(formatter, "and {hidden} more\n")?;
        }
        self.verdict(&problems, formatter)
    }
}

impl Report {
    fn problem(&self, problem: &Problem, lines: &Lines, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { severity, place, path, message, help, other } = problem;
        let severity = match severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let key = if path.is_empty() { String::new() } else { format!("{}: ", printable(path, TEXT)) };
        writeln!(formatter, "{severity}: {key}{}", printable(message, TEXT))?;
        let digits = |line: usize| if line == 0 { 0 } else { line.to_string().len() };
        let width = digits(place.line).max(other.as_ref().map_or(0, |other| digits(other.place.line)));
        let margin = " ".repeat(width);
        self.excerpt(*place, ("-->", '^', ""), &margin, lines, formatter)?;
        if let Some(Other { place, words }) = other {
            self.excerpt(*place, (":::", '-', words), &margin, lines, formatter)?;
        }
        if !help.is_empty() {
            writeln!(formatter, "{margin} = help: {}", printable(help, TEXT))?;
        }
        writeln!(formatter)
    }

    /// A place, and its line if that may be quoted: with an arrow in front of the name, marks under the word, and some words
    /// behind them.
    fn excerpt(
        &self,
        place: Place,
        (arrow, mark, words): (&str, char, &str),
        margin: &str,
        lines: &Lines,
        formatter: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let name = printable(self.name_of(place), TEXT);
        let words = printable(words, TEXT);
        let line = lines.get(place);
        let behind = if words.is_empty() || line.is_some() { String::new() } else { format!(" ({words})") };
        if place.line == 0 {
            return writeln!(formatter, "{margin}{arrow} {name}{behind}");
        }
        writeln!(formatter, "{margin}{arrow} {name}:{}:{}{behind}", place.line, place.column)?;
        let Some(line) = line else { return Ok(()) };
        let (excerpt, marks) = cut(self.without_hidden(line, place), mark);
        let number = format!("{:>width$}", place.line, width = margin.len());
        let words = if words.is_empty() { words } else { format!(" {words}") };
        writeln!(formatter, "{margin} |\n{number} | {excerpt}\n{margin} | {marks}{words}")
    }

    /// A line without what is hidden, and the column (from 0) that the place then has.
    fn without_hidden(&self, line: &str, Place { source, line: number, column }: Place) -> (Vec<char>, usize) {
        let mut characters: Vec<char> = line.chars().map(visible).collect();
        let mut column = column.saturating_sub(1).min(characters.len());
        let indent = line.chars().take_while(|character| character.is_whitespace()).count();
        let mut hidden: Vec<Range<usize>> = Vec::new();
        for Extent { from, to } in &self.hidden {
            if from.source == source && (from.line..=to.line).contains(&number) {
                let start = if from.line == number { from.column.saturating_sub(1) } else { indent };
                let end = if to.line == number { to.column.saturating_sub(1) } else { characters.len() };
                hidden.push(start..end.min(characters.len()));
            }
        }
        hidden.retain(|hidden| hidden.start < hidden.end);
        hidden.sort_by_key(|hidden| hidden.start);
        hidden.dedup_by(|next, last| {
            let overlaps = next.start < last.end;
            last.end = if overlaps { last.end.max(next.end) } else { last.end };
            overlaps
        });
        // From behind, so that those in front keep their places.
        for Range { start, end } in hidden.into_iter().rev() {
            characters.splice(start..end, MASK.chars());
            if column >= end {
                column = column + MASK.len() - (end - start);
            } else if column > start {
                column = start;
            }
        }
        (characters, column)
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
        let mut names: Vec<&str> = Vec::new();
        for source in &self.sources {
            if !names.contains(&&*source.name) && names.len() < NAMES {
                names.push(&source.name);
            }
        }
        writeln!(formatter, "{}: {}{consequence}", printable(&names.join(", "), TEXT), counts.join(", "))
    }
}

/// The lines of the sources that are quoted.
struct Lines(BTreeMap<Source, Vec<String>>);

impl Lines {
    fn of(report: &Report, problems: &[&Problem]) -> Self {
        let others = problems.iter().filter_map(|problem| problem.other.as_ref()).map(|other| other.place);
        let places = problems.iter().map(|problem| problem.place).chain(others);
        let sources: BTreeSet<Source> = places.map(|place| place.source).collect();
        Self(sources.into_iter().map(|source| (source, report.lines(source))).collect())
    }

    fn get(&self, place: Place) -> Option<&str> {
        let lines = self.0.get(&place.source)?;
        lines.get(place.line.checked_sub(1)?).map(String::as_str)
    }
}

impl Report {
    fn lines(&self, source: Source) -> Vec<String> {
        let text = self.source(source).map_or("", |source| &source.text);
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect()
    }
}

/// The part of a line around a column (from 0), and the marks under the word there.
fn cut((characters, column): (Vec<char>, usize), mark: char) -> (String, String) {
    let from = if characters.len() <= LINE { 0 } else { column.saturating_sub(LINE / 2) };
    let to = characters.len().min(from + LINE);
    let (before, after) = (if from > 0 { "..." } else { "" }, if to < characters.len() { "..." } else { "" });
    let shown: String = characters[from..to].iter().collect();
    let indent = before.len() + column - from;
    let marks = word(&characters[column..to]).max(1);
    (format!("{before}{shown}{after}"), format!("{}{}", " ".repeat(indent), mark.to_string().repeat(marks)))
}

/// The length of the key or the value that begins here.
fn word(rest: &[char]) -> usize {
    match rest.first() {
        Some('$') if rest.get(1) == Some(&'{') => reference(rest),
        Some(quote @ ('"' | '\'')) => {
            rest.iter().skip(1).position(|next| next == quote).map_or(rest.len(), |end| end + 2)
        }
        Some('{' | '[' | '\u{2192}') => 1,
        _ => (0..rest.len()).find(|&end| is_end(&rest[end..])).unwrap_or(rest.len()),
    }
}

/// The length of a reference, those within it included.
fn reference(rest: &[char]) -> usize {
    let mut open = 0_usize;
    let end = rest.iter().enumerate().position(|(index, next)| {
        open += usize::from(*next == '$' && rest.get(index + 1) == Some(&'{'));
        open -= usize::from(*next == '}' && open > 0);
        *next == '}' && open == 0
    });
    end.map_or(rest.len(), |end| end + 1)
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
