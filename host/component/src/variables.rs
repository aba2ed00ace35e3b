//! Environment variables, as components read them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Says what a variable is set to.
type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Reads environment variables. Cheap to clone. Tests give their own.
#[derive(Clone)]
pub struct Variables(Arc<Lookup>);

impl Variables {
    /// Those of the process.
    #[must_use]
    pub fn of_the_process() -> Self {
        Self(Arc::new(|name| std::env::var(name).ok()))
    }

    /// These and no others.
    #[must_use]
    pub fn fixed<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let variables: BTreeMap<String, String> = variables.into_iter().map(owned).collect();
        Self(Arc::new(move |name| variables.get(name).cloned()))
    }

    /// The value of a variable; none if it is not set, or is no text.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        (self.0)(name)
    }
}

/// Without their values, which may be secret.
impl fmt::Debug for Variables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Variables")
    }
}
