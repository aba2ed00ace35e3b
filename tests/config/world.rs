//! Environment variables and files that a configuration refers to in a test.

use std::collections::BTreeMap;
use std::io;

use config::source::Lookup;

#[derive(Default)]
pub struct World {
    variables: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
}

impl World {
    /// The same with these variables.
    pub fn variables(mut self, variables: &[(&str, &str)]) -> Self {
        self.variables.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    /// The same with these files.
    pub fn files(mut self, files: &[(&str, &str)]) -> Self {
        self.files.extend(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
        self
    }
}

impl Lookup for World {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn file(&self, path: &str, most: usize) -> io::Result<String> {
        let text = self.files.get(path).ok_or(io::ErrorKind::NotFound)?;
        if text.len() > most { Err(io::Error::other("it is too large")) } else { Ok(text.clone()) }
    }
}
