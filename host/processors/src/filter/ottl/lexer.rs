//! From a text to words.

use super::Mistake;
use super::ast::Operator;

/// A word and where it begins, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word<'a> {
    pub at: usize,
    pub token: Token<'a>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    /// A name: of a path, a function, a constant.
    Name(&'a str),
    Text(String),
    Integer(i64),
    Double(f64),
    Operator(Operator),
    /// One of `( ) [ ] . ,`.
    Sign(char),
}

/// All words of a text.
pub(super) fn words(text: &str) -> Result<Vec<Word<'_>>, Mistake> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) =
            token(first, &text[at..]).map_err(|mistake| Mistake { at: at + mistake.at, ..mistake })?;
        words.push(Word { at, token });
        at += length;
    }
    Ok(words)
}

/// The first word of a text that begins with `first`, and its length.
fn token(first: char, text: &str) -> Result<(Token<'_>, usize), Mistake> {
    match first {
        '"' => string(text),
        '(' | ')' | '[' | ']' | ',' => Ok((Token::Sign(first), 1)),
        _ if starts_number(text) => number(text),
        '.' => Ok((Token::Sign(first), 1)),
        '=' | '!' | '<' | '>' => operator(text),
        'a'..='z' | 'A'..='Z' => {
            let length = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            let length = length.unwrap_or(text.len());
            Ok((Token::Name(&text[..length]), length))
        }
        '\'' => Err(Mistake::new(0, "a text stands in double quotes", "")),
        '+' | '-' | '*' | '/' => Err(Mistake::new(0, format!("no arithmetic here: {first}"), "")),
        '{' => Err(Mistake::new(0, "no maps here", "")),
        _ => Err(Mistake::new(0, format!("unexpected {first:?}"), "")),
    }
}

fn operator(text: &str) -> Result<(Token<'_>, usize), Mistake> {
    const OPERATORS: [(&str, Operator); 6] = [
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ];
    let found = OPERATORS.iter().find(|(sign, _)| text.starts_with(sign));
    let (sign, operator) = found.ok_or_else(|| {
        let (wrong, right) = if text.starts_with('=') { ("=", "==") } else { ("!", "not, or !=") };
        Mistake::new(0, format!("{wrong} is no operator here"), format!("write {right}"))
    })?;
    Ok((Token::Operator(*operator), sign.len()))
}

/// Digits, or a point and digits; a sign may stand in front.
fn starts_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|digit: char| digit.is_ascii_digit())
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// A point and digits behind it make a double, which alone may have an exponent.
fn number(text: &str) -> Result<(Token<'_>, usize), Mistake> {
    if text.starts_with("0x") {
        return Err(Mistake::new(0, "no bytes here", "write a text or a number"));
    }
    let mut length = text.len() - text.trim_start_matches(['+', '-']).len();
    length += digits(&text[length..]);
    let fraction = text[length..].strip_prefix('.').map_or(0, digits);
    if fraction == 0 {
        let integer = text[..length].parse();
        let help = format!("write one from {} to {}", i64::MIN, i64::MAX);
        let integer = integer.map_err(|_| Mistake::new(0, "an integer of more than 64 bits", help))?;
        return Ok((Token::Integer(integer), length));
    }
    length += 1 + fraction;
    if let Some(exponent) = text[length..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        match digits(&exponent[sign..]) {
            0 => {}
            count => length += 1 + sign + count,
        }
    }
    let double: f64 = text[..length].parse().map_err(|_| Mistake::new(0, "this is no number", ""))?;
    if !double.is_finite() {
        return Err(Mistake::new(0, "a number beyond all doubles", ""));
    }
    Ok((Token::Double(double), length))
}

/// A text in double quotes, with the escapes of Go.
fn string(text: &str) -> Result<(Token<'_>, usize), Mistake> {
    let mut bytes = Vec::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                let read = String::from_utf8(bytes);
                let read =
                    read.map_err(|_| Mistake::new(0, "the text is no UTF-8", "write letters in place of \\x"))?;
                return Ok((Token::Text(read), at + 1));
            }
            '\\' => {
                let length = escape(&text[at + 1..], &mut bytes).ok_or_else(|| {
                    let help =
                        "write \\\\ for a backslash, as in \"a\\\\.b\", \\\" for a quote; others are those of Go";
                    Mistake::new(at, "an escape that is none", help)
                })?;
                // Escapes are ASCII: as many letters as bytes.
                for _ in 0..length {
                    letters.next();
                }
            }
            '\n' => return Err(Mistake::new(at, "a line that ends within a text", "write \\n")),
            _ => bytes.extend(letter.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    Err(Mistake::new(0, "a text that does not end", "close the quotes; write \\\" for a quote within"))
}

/// Reads an escape, whose backslash is behind; returns its length.
fn escape(text: &str, bytes: &mut Vec<u8>) -> Option<usize> {
    let code = |from: usize, count: usize, radix: u32| {
        let digits =
            text.get(from..from + count).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        u32::from_str_radix(digits?, radix).ok()
    };
    let mut unicode = |count: usize| {
        let letter = char::from_u32(code(1, count, 16)?)?;
        bytes.extend(letter.encode_utf8(&mut [0; 4]).bytes());
        Some(1 + count)
    };
    let byte = match text.bytes().next()? {
        b'u' => return unicode(4),
        b'U' => return unicode(8),
        b'x' => {
            bytes.push(code(1, 2, 16)? as u8);
            return Some(3);
        }
        b'0'..=b'7' => {
            bytes.push(u8::try_from(code(0, 3, 8)?).ok()?);
            return Some(3);
        }
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        same @ (b'\\' | b'"') => same,
        _ => return None,
    };
    bytes.push(byte);
    Some(1)
}
