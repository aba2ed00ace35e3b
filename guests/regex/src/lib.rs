//! Regular expressions of configurations, compiled within limits.
//!
//! Host and guest compile with the same engine and the same limits: what the host accepts in a configuration, where it
//! knows the line, the guest accepts as well. The syntax is that of RE2, without classes of Unicode (`\pL`).

pub use regex_lite::Regex;

use regex_lite::RegexBuilder;

/// Bytes of a pattern. It is written by a person, on one line.
pub const LONGEST_PATTERN: usize = 1024;

/// Bytes that a compiled regex may take: the longest pattern fits if it repeats nothing, `(\d{1000}){1000}` does not.
/// The time of a search grows with this and with the length of the text, and with nothing else.
const LARGEST_REGEX: usize = 64 * 1024;

/// Compiles a regex.
///
/// # Errors
/// In one line, what is wrong with it.
pub fn compile(regex: &str) -> Result<Regex, String> {
    check_length(regex)?;
    RegexBuilder::new(regex).size_limit(LARGEST_REGEX).build().map_err(|error| error.to_string())
}

/// Checks that a pattern is no longer than [`LONGEST_PATTERN`].
///
/// # Errors
/// In one line, that it is.
pub fn check_length(pattern: &str) -> Result<(), String> {
    if pattern.len() > LONGEST_PATTERN {
        return Err(format!("a pattern has at most {LONGEST_PATTERN} bytes (got {})", pattern.len()));
    }
    Ok(())
}
