//! What is wrong with a configuration, all of it at once: where, what, and what to do.

use std::sync::Arc;

use super::node::{Node, Value};
use super::place::{Extent, Place, Source};
use super::withheld::{Reach, Withheld};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The host starts, but the configuration may not mean what it looks like.
    Warning,
    /// The host does not start.
    Error,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// The keys that lead there, joined by dots.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do; empty if the message says it.
    pub help: String,
    /// Another place that has to do with it.
    pub other: Option<Other>,
}

/// A second place of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Where.
    pub place: Place,
    /// What is there, in a few words.
    pub words: String,
}

/// All problems of a configuration. How it looks is the business of `render`.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub(super) sources: Vec<Text>,
    /// What was read, for the places of problems that are found later.
    root: Option<Arc<Node>>,
    problems: Vec<Problem>,
    /// What is worth a line, and wrong in no way.
    notes: Vec<String>,
    withheld: Withheld,
    /// What is not shown of the sources.
    pub(super) hidden: Vec<Extent>,
}

/// The text of a source.
#[derive(Debug, Clone)]
pub(super) struct Text {
    /// As the user names it.
    pub name: String,
    /// For quoting; empty if it may not be quoted.
    pub text: Arc<str>,
}

impl Report {
    /// A report on `file`, whose text is `text`.
    #[must_use]
    pub fn new(file: &str, text: &str) -> Self {
        let mut report = Self::default();
        report.add_source(file, text);
        report
    }

    /// One more source, and the text that may be quoted of it. There must be fewer than 65,536.
    pub fn add_source(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> Source {
        let number = u16::try_from(self.sources.len()).unwrap_or(u16::MAX);
        self.sources.push(Text { name: name.into(), text: text.into() });
        Source(number)
    }

    /// The text of a source becomes known, or is not to be quoted any more.
    pub(super) fn set_text(&mut self, source: Source, text: impl Into<Arc<str>>) {
        if let Some(known) = self.sources.get_mut(usize::from(source.0)) {
            known.text = text.into();
        }
    }

    pub(super) fn source(&self, source: Source) -> Option<&Text> {
        self.sources.get(usize::from(source.0))
    }

    /// The source of a place, as the user names it.
    #[must_use]
    pub fn name_of(&self, place: Place) -> &str {
        self.source(place.source).map_or("", |source| &source.name)
    }

    /// Keeps what was read. Settings have no places in them: whoever finds something wrong with them later asks
    /// [`Self::place_of`].
    pub fn keep(&mut self, root: Node) {
        self.root = Some(Arc::new(root));
    }

    /// What was read, as it was kept.
    #[must_use]
    pub fn root(&self) -> Option<&Node> {
        self.root.as_deref()
    }

    /// Where the key at `path` stands, or what it would stand in.
    #[must_use]
    pub fn place_of(&self, path: &str) -> Place {
        self.root.as_ref().map_or(Place::default(), |root| root.find(path).key)
    }

    /// Notes an error.
    pub fn error(&mut self, place: Place, path: &str, message: impl Into<String>, help: impl Into<String>) {
        self.add(Severity::Error, place, path, message.into(), help.into());
    }

    /// Notes an error at the byte `at` of a scalar. Where the scalar is not written in one line as it is, the message
    /// says which character it is.
    pub fn error_within(
        &mut self,
        node: &Node,
        at: usize,
        path: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let message = message.into();
        let (Value::Plain(text) | Value::Quoted(text)) = &node.value else {
            return self.error(node.place, path, message, help);
        };
        let before = text.get(..at).map_or(0, |before| before.chars().count());
        match self.start_of(node.place, text) {
            Some(start) => self.error(Place { column: start.column + before, ..start }, path, message, help),
            None => {
                self.error(node.place, path, format!("{message} (character {} of the text)", before + 1), help);
            }
        }
    }

    /// Where a scalar begins behind its quotes; none if it is not written in one line as it is.
    fn start_of(&self, place: Place, text: &str) -> Option<Place> {
        let source = self.source(place.source)?.text.trim_start_matches('\u{feff}');
        let line = source.lines().nth(place.line.checked_sub(1)?)?;
        let (start, _) = line.char_indices().nth(place.column.checked_sub(1)?)?;
        let written = &line[start..];
        let unquoted = written.strip_prefix(['"', '\'']).unwrap_or(written);
        let quotes = written.len() - unquoted.len();
        unquoted.starts_with(text).then_some(Place { column: place.column + quotes, ..place })
    }

    /// Notes a warning.
    pub fn warning(&mut self, place: Place, path: &str, message: impl Into<String>, help: impl Into<String>) {
        self.add(Severity::Warning, place, path, message.into(), help.into());
    }

    fn add(&mut self, severity: Severity, place: Place, path: &str, message: String, help: String) {
        let path = self.written_path(place, path).to_owned();
        let (message, help) = (self.withheld.mask(place, message), self.withheld.mask(place, help));
        self.problems.push(Problem { severity, place, path, message, help, other: None });
    }

    /// A second place of the problem that was noted last, and a few words on what is there.
    pub fn beside(&mut self, place: Place, words: impl Into<String>) {
        let words = self.withheld.mask(place, words.into());
        if let Some(problem) = self.problems.last_mut() {
            problem.other = Some(Other { place, words });
        }
    }

    /// What the user should know, in a line.
    pub fn note(&mut self, line: impl Into<String>) {
        self.notes.push(line.into());
    }

    /// All notes.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What is written there is shown as `****` from now on: the value may be secret, and the key behind it not one
    /// that anybody knows.
    pub fn hide(&mut self, node: &Node) {
        // What stands there in place of the value is a reference.
        if node.expanded.is_none() {
            self.hidden.push(node.extent);
        }
    }

    /// A text without what references of the configuration stand for.
    #[must_use]
    pub fn masked(&self, text: String) -> String {
        self.withheld.mask(Place::default(), text)
    }

    /// The part of a path to `place` that is written in a source: keys that were looked up are not shown.
    #[must_use]
    pub fn written_path<'a>(&self, place: Place, path: &'a str) -> &'a str {
        self.withheld.path(place, path)
    }

    /// Nothing that is said of `place` may show `text`, which was looked up for what is `written` there.
    pub(super) fn withhold(&mut self, place: Place, written: &Arc<str>, text: &str, reach: Reach) {
        self.withheld.add(place, written, text, reach);
    }

    /// Keys below `path` were looked up.
    pub(super) fn withhold_keys(&mut self, place: Place, path: &str) {
        self.withheld.add_path(place, path);
    }

    /// Whether the host cannot start.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// All problems, in the order of their places. What aliases bring to several paths is wrong once.
    #[must_use]
    pub fn problems(&self) -> Vec<&Problem> {
        let mut problems: Vec<&Problem> = self.problems.iter().collect();
        problems.sort_by_key(|problem| problem.place);
        problems.dedup_by(|next, first| next.repeats(first));
        problems
    }
}

impl Problem {
    /// Whether it is the same value, met on the way through another alias.
    fn repeats(&self, other: &Self) -> bool {
        let key = |path: &str| path.rsplit('.').next().map(str::to_owned);
        self.place == other.place && self.message == other.message && key(&self.path) == key(&other.path)
    }
}
