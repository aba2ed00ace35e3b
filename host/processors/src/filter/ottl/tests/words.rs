//! Words of the language, by the lexer's rules in `pkg/ottl/LANGUAGE.md` and Go's string literals.

use crate::filter::ottl::ast::Operator;
use crate::filter::ottl::lexer::{Token, words};

#[track_caller]
fn tokens(text: &str) -> Vec<Token<'_>> {
    words(text).unwrap_or_else(|mistake| panic!("{text}: {mistake:?}")).into_iter().map(|word| word.token).collect()
}

#[test]
fn numbers() {
    for (text, token) in [
        ("0", Token::Integer(0)),
        ("-12", Token::Integer(-12)),
        ("+7", Token::Integer(7)),
        ("9223372036854775807", Token::Integer(i64::MAX)),
        ("-9223372036854775808", Token::Integer(i64::MIN)),
        ("1.5", Token::Double(1.5)),
        (".5", Token::Double(0.5)),
        ("-.5", Token::Double(-0.5)),
        ("2.0", Token::Double(2.0)),
        ("1.5e3", Token::Double(1500.0)),
        ("1.5E-1", Token::Double(0.15)),
    ] {
        assert_eq!(tokens(text), [token], "{text}");
    }
    assert_eq!(tokens("1.5e"), [Token::Double(1.5), Token::Name("e")]);
}

#[test]
fn texts() {
    for (text, read) in [
        (r#""""#, ""),
        (r#""a.b""#, "a.b"),
        (r#""ä 😀""#, "ä 😀"),
        (r#""a\\.b""#, r"a\.b"),
        (r#""say \"x\"""#, r#"say "x""#),
        (r#""\a\b\f\n\r\t\v""#, "\u{7}\u{8}\u{c}\n\r\t\u{b}"),
        (r#""\x41\101\u00e4\U0001F600""#, "AAä😀"),
        (r#""\xc3\xa4""#, "ä"),
    ] {
        assert_eq!(tokens(text), [Token::Text(read.into())], "{text}");
    }
}

#[test]
fn signs_and_places() {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let operators = [Equal, NotEqual, LessOrEqual, GreaterOrEqual, Less, Greater].map(Token::Operator);
    assert_eq!(tokens("== != <= >= < >"), operators);
    let places: Vec<usize> = words("not a.b [\"ä\"]  >=1").expect("words").into_iter().map(|word| word.at).collect();
    assert_eq!(places, [0, 4, 5, 6, 8, 9, 13, 16, 18]);
}
