//! Values as messages show them.

/// Characters of a value that a message quotes.
pub(super) const QUOTED: usize = 60;

/// A word for a message: quoted unless it is a number, and cut to what a line holds.
#[must_use]
pub fn shown(text: &str) -> String {
    let is_number = text.chars().nth(QUOTED).is_none() && text.parse::<f64>().is_ok();
    if is_number { text.to_owned() } else { quoted(text) }
}

/// A text for a message, in quotes, and cut to what a line holds.
#[must_use]
pub fn quoted(text: &str) -> String {
    if text.chars().nth(QUOTED).is_none() {
        return format!("{text:?}");
    }
    let cut: String = text.chars().take(QUOTED).collect();
    format!("{cut:?}...")
}
