//! Errors in log lines.

use std::error::Error;
use std::fmt::{Display, Formatter, Result};

/// An error followed by what caused it, and what caused that.
pub(crate) struct WithCauses<'a>(pub &'a dyn Error);

impl Display for WithCauses<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        write!(out, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(out, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
