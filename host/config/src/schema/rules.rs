//! Where rules across the keys of a block find what was written, and say what is wrong.

use super::Written;
use crate::report::Report;

/// A block that is being checked: all of its values are right, each by itself.
#[derive(Debug)]
pub struct Rules<'a> {
    written: Written<'a>,
    report: &'a mut Report,
    is_right: bool,
}

impl<'a> Rules<'a> {
    /// The rules of a block.
    pub fn new(written: Written<'a>, report: &'a mut Report) -> Self {
        Self { written, report, is_right: true }
    }

    /// Whether no rule is broken.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.is_right
    }

    /// Whether a key is written and has a value.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.written.has(key)
    }

    /// Something is wrong with the value of a key; if it is not written, the block is shown. Keys of blocks within are
    /// joined by dots.
    pub fn error(&mut self, key: &str, message: impl Into<String>, help: impl Into<String>) {
        self.is_right = false;
        self.report.error(self.written.place(key), &self.written.path(key), message, help);
    }

    /// Something is wrong at the byte `at` of the text of a key.
    pub fn error_within(&mut self, key: &str, at: usize, message: impl Into<String>, help: impl Into<String>) {
        self.is_right = false;
        let path = self.written.path(key);
        self.report.error_within(self.written.value(key), at, &path, message, help);
    }

    /// Something is wrong with a key, whatever its value.
    pub fn key_error(&mut self, key: &str, message: impl Into<String>, help: impl Into<String>) {
        self.is_right = false;
        self.report.error(self.written.key_place(key), &self.written.path(key), message, help);
    }

    /// Something is wrong with the block, for which `key` stands.
    pub fn block_error(&mut self, key: &str, message: impl Into<String>, help: impl Into<String>) {
        self.is_right = false;
        self.report.error(self.written.place(""), &self.written.path(key), message, help);
    }

    /// What is wrong contradicts the value of another key, if that is written; `words` say what is there.
    pub fn beside(&mut self, key: &str, words: &str) {
        if self.written.has(key) {
            self.report.beside(self.written.place(key), words);
        }
    }

    /// The value of a key is taken, and may not be what is meant.
    pub fn warning(&mut self, key: &str, message: impl Into<String>, help: impl Into<String>) {
        self.report.warning(self.written.place(key), &self.written.path(key), message, help);
    }
}
