//! Locations of configurations, as a command line names them.

/// Where a configuration, or a part of one, is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In a file: `file:/etc/alluvium.yaml`, or the path alone.
    File(String),
    /// In an environment variable: `env:NAME`.
    Variable(String),
    /// On the command line: `yaml:processors::batch::timeout: 2s`.
    Yaml(String),
    /// On the command line, one value: `processors.batch.timeout=2s`.
    Set {
        /// The keys that lead to the value, joined by dots.
        key: String,
        /// The value in YAML.
        value: String,
    },
    /// At hand.
    Text {
        /// Its name, for messages.
        name: String,
        /// The YAML.
        text: String,
    },
}

impl Location {
    /// Reads a location. Without a scheme it is the path of a file; a single letter is a drive and no scheme.
    ///
    /// # Errors
    /// A scheme that nothing here reads, and what to do instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
            return Ok(Self::File(text.to_owned()));
        };
        match scheme {
            "file" => Ok(Self::File(rest.to_owned())),
            "env" if super::reference::is_name(rest) => Ok(Self::Variable(rest.to_owned())),
            "env" => Err("a name of a variable has letters, digits and _, such as env:CONFIG".into()),
            "yaml" => Ok(Self::Yaml(rest.to_owned())),
            "http" | "https" => {
                Err("this host reads no configuration over the network; fetch it first and name the file".into())
            }
            _ => Err(format!("no scheme {scheme}: write file:PATH, env:NAME or yaml:TEXT (or ./{text} for a file)")),
        }
    }

    /// Reads what stands behind `--set`.
    ///
    /// # Errors
    /// There is no `=`, or nothing in front of it.
    pub fn set(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None => Err("missing equal sign; write KEY=VALUE, such as processors.batch.timeout=2s".into()),
            Some(("", _)) => Err("missing key; write KEY=VALUE, such as processors.batch.timeout=2s".into()),
            Some((key, value)) => Ok(Self::Set { key: key.to_owned(), value: value.to_owned() }),
        }
    }

    /// How messages name it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.clone(),
            Self::Variable(name) => format!("env:{name}"),
            Self::Yaml(_) => "yaml".into(),
            Self::Set { .. } => "--set".into(),
            Self::Text { name, .. } => name.clone(),
        }
    }
}

/// Whether it is the scheme of a location: at least two characters, of which the first is a letter.
fn is_scheme(text: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "+.-".contains(character);
    text.len() > 1 && text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.chars().all(is_part)
}
