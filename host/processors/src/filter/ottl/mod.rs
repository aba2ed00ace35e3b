//! Conditions in the OpenTelemetry Transformation Language, as far as they can be decided before a stream's points.
//!
//! A text becomes words (`lexer`), these an [`Expression`] (`parser`, `ast`), in which each path is a place in a
//! stream's description (`place`). The grammar is that of `pkg/ottl/LANGUAGE.md`. It knows neither YAML nor the guest
//! that judges streams.

pub mod ast;
mod lexer;
mod parser;
mod place;
#[cfg(test)]
mod tests;

pub use ast::{Expression, Literal, MetricField, Operator, Value};
pub use place::Context;

/// Bytes of a condition: far more than a person writes on a line.
pub const LONGEST: usize = 4096;

/// How deep parentheses nest. The parser and the guest call themselves for each.
pub const DEEPEST: usize = 16;

/// What is wrong with a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where in the text, in bytes from 0; at most its length.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// What to do; empty if the message says it.
    pub help: String,
}

impl Mistake {
    fn new(at: usize, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: help.into() }
    }
}

/// Reads a condition. `context` says what its paths may be of, and what they are of where they do not say.
///
/// # Errors
/// The first mistake.
pub fn parse(text: &str, context: Context) -> Result<Expression, Mistake> {
    if text.len() > LONGEST {
        let message = format!("a condition has at most {LONGEST} bytes (got {})", text.len());
        return Err(Mistake::new(0, message, "write several conditions, one of which is enough"));
    }
    parser::parse(&lexer::words(text)?, text.len(), context)
}
