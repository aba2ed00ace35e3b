//! Numbers as YAML 1.2 writes them, with the habits of the Collector's reader: zeros in front make a number octal, and
//! underscores may stand between digits.

#[cfg(test)]
mod tests;

/// A whole number, and how it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// Its value.
    pub value: i128,
    /// How it was written.
    pub spelling: Spelling,
}

/// How a whole number was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// `512` or `1_000`.
    Decimal,
    /// `0o17`.
    Octal,
    /// `0123`, which is 83. Hardly anybody means it: whoever reads it warns.
    LeadingZero,
    /// `0x1F`.
    Hexadecimal,
    /// `0b101`.
    Binary,
}

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// One without a fraction and an exponent.
    Whole(Whole),
    /// Any other: `1.5`, `1e3`, `.inf`, and what is too large for [`Whole`].
    Fraction(f64),
}

/// The whole number that a plain scalar is.
#[must_use]
pub fn whole(text: &str) -> Option<Whole> {
    let digits = without_underscores(text)?;
    let (is_negative, digits) = match digits.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let (spelling, base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (Spelling::Hexadecimal, 16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (Spelling::Octal, 8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (Spelling::Binary, 2, &digits[2..]),
        [b'0', _, ..] => (Spelling::LeadingZero, 8, &digits[1..]),
        _ => (Spelling::Decimal, 10, digits),
    };
    // The standard library would take a second sign.
    if !digits.chars().all(|digit| digit.is_digit(base)) {
        return None;
    }
    let value = i128::from_str_radix(digits, base).ok()?;
    Some(Whole { value: if is_negative { -value } else { value }, spelling })
}

/// The number that a plain scalar is.
#[must_use]
pub fn number(text: &str) -> Option<Number> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(Number::Fraction(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Number::Fraction(f64::NEG_INFINITY)),
        ".nan" | ".NaN" | ".NAN" => return Some(Number::Fraction(f64::NAN)),
        _ => {}
    }
    if let Some(whole) = whole(text) {
        return Some(Number::Whole(whole));
    }
    let digits = without_underscores(text)?;
    // The standard library knows words as well, such as `infinity`.
    let is_digital = digits.chars().all(|character| character.is_ascii_digit() || "+-.eE".contains(character));
    digits.parse().ok().filter(|_| is_digital).map(Number::Fraction)
}

/// Whether a plain scalar is something else than text to YAML: a number or a boolean.
#[must_use]
pub fn is_typed(text: &str) -> bool {
    matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE") || number(text).is_some()
}

/// The text without its underscores, of which none stands in front.
fn without_underscores(text: &str) -> Option<String> {
    // Longer ones are no numbers that anybody writes.
    (!text.starts_with('_') && text.len() <= MOST).then(|| text.replace('_', ""))
}

/// Characters of a number: the longest of 64 bits is 20 digits, and one in binary 64.
const MOST: usize = 100;
