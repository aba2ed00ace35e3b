//! What is wrong with a configuration, all of it at once: where, what, and what to do.

use std::sync::Arc;

use super::node::Node;

/// A place in the file: line and column, both from 1. Line 0 is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

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
}

/// All problems of one file. How it looks is the business of `render`.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The file as named by the user.
    pub file: String,
    /// Its text, for quoting.
    pub(super) text: String,
    /// What was read, for the places of problems that are found later.
    root: Option<Arc<Node>>,
    problems: Vec<Problem>,
    /// Where values stand that nobody is to see.
    hidden: Vec<Place>,
}

impl Report {
    /// A report on `file`, whose text is `text`.
    #[must_use]
    pub fn new(file: &str, text: &str) -> Self {
        Self { file: file.to_owned(), text: text.to_owned(), root: None, problems: Vec::new(), hidden: Vec::new() }
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

    /// Notes that nobody is to see this value: it is secret, or may be.
    pub fn hide(&mut self, node: &Node) {
        self.hidden.push(node.place);
    }

    /// Whether a value that nobody is to see stands there.
    #[must_use]
    pub fn is_hidden(&self, place: Place) -> bool {
        self.hidden.contains(&place)
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

    /// Notes a warning.
    pub fn warning(&mut self, place: Place, path: &str, message: impl Into<String>, help: impl Into<String>) {
        self.add(Severity::Warning, place, path, message.into(), help.into());
    }

    fn add(&mut self, severity: Severity, place: Place, path: &str, message: String, help: String) {
        self.problems.push(Problem { severity, place, path: path.to_owned(), message, help });
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
