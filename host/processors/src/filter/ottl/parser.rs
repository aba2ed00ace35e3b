//! From words to an expression.

use super::ast::{Expression, Literal, Operator, Value};
use super::lexer::{Token, Word};
use super::place::{self, Context, Path};
use super::{DEEPEST, Mistake};
use crate::matching::wrong_regex;

/// Names of integers.
const CONSTANTS: [(&str, i64); 9] = [
    ("METRIC_DATA_TYPE_NONE", 0),
    ("METRIC_DATA_TYPE_GAUGE", 1),
    ("METRIC_DATA_TYPE_SUM", 2),
    ("METRIC_DATA_TYPE_HISTOGRAM", 3),
    ("METRIC_DATA_TYPE_EXPONENTIAL_HISTOGRAM", 4),
    ("METRIC_DATA_TYPE_SUMMARY", 5),
    ("AGGREGATION_TEMPORALITY_UNSPECIFIED", 0),
    ("AGGREGATION_TEMPORALITY_DELTA", 1),
    ("AGGREGATION_TEMPORALITY_CUMULATIVE", 2),
];

/// What a value may be, for messages.
const VALUES: &str = "a path such as metric.name, a text in double quotes, a number, true, false or nil";

/// Reads words; `end` is the length of the text.
pub(super) fn parse(words: &[Word<'_>], end: usize, context: Context) -> Result<Expression, Mistake> {
    let mut parser = Parser { words, end, context, depth: 0 };
    let expression = parser.any()?;
    match parser.words.first() {
        None => Ok(expression),
        Some(Word { token: Token::Operator(_), .. }) => {
            Err(parser.wrong("an operator stands between two values", "write and, or, or nothing here"))
        }
        Some(_) => Err(parser.wrong("the condition ends before this", "write and or or in front of it")),
    }
}

struct Parser<'a> {
    /// The words that are left.
    words: &'a [Word<'a>],
    end: usize,
    context: Context,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// Where the next word begins.
    fn at(&self) -> usize {
        self.words.first().map_or(self.end, |word| word.at)
    }

    fn wrong(&self, message: impl Into<String>, help: impl Into<String>) -> Mistake {
        Mistake::new(self.at(), message, help)
    }

    fn token(&self) -> Option<&'a Token<'a>> {
        self.words.first().map(|word| &word.token)
    }

    fn next(&mut self) -> Option<&'a Word<'a>> {
        let (first, others) = self.words.split_first()?;
        self.words = others;
        Some(first)
    }

    /// Takes the next word if it is that sign.
    fn takes(&mut self, sign: char) -> bool {
        let is_it = self.token() == Some(&Token::Sign(sign));
        if is_it {
            self.next();
        }
        is_it
    }

    /// Takes the next word if it is that name.
    fn takes_name(&mut self, name: &str) -> bool {
        let is_it = self.token() == Some(&Token::Name(name));
        if is_it {
            self.next();
        }
        is_it
    }

    fn expect(&mut self, sign: char) -> Result<(), Mistake> {
        if self.takes(sign) { Ok(()) } else { Err(self.wrong(format!("expected {sign}"), "")) }
    }

    fn any(&mut self) -> Result<Expression, Mistake> {
        let mut expressions = vec![self.all()?];
        while self.takes_name("or") {
            expressions.push(self.all()?);
        }
        Ok(one_or(expressions, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, Mistake> {
        let mut expressions = vec![self.not()?];
        while self.takes_name("and") {
            expressions.push(self.not()?);
        }
        Ok(one_or(expressions, Expression::All))
    }

    fn not(&mut self) -> Result<Expression, Mistake> {
        if self.takes_name("not") {
            return Ok(Expression::Not(Box::new(self.single()?)));
        }
        self.single()
    }

    /// A comparison, a function, `true` or `false`, or an expression in parentheses.
    fn single(&mut self) -> Result<Expression, Mistake> {
        if self.token() == Some(&Token::Sign('(')) {
            return self.parentheses();
        }
        if self.is_function() {
            let function = self.function()?;
            return self.compared(function);
        }
        let at = self.at();
        let left = self.value()?;
        let Some(Token::Operator(operator)) = self.token() else {
            return match left {
                Value::Literal(Literal::Boolean(value)) => Ok(Expression::Constant(value)),
                _ if self.words.is_empty() => Err(Mistake::new(at, "a value alone is no condition", COMPARE)),
                _ => Err(self.wrong("expected an operator", COMPARE)),
            };
        };
        self.next();
        if self.is_function() {
            return Err(self.wrong("a function stands on the left", "exchange both sides"));
        }
        Ok(Expression::Compare(left, *operator, self.value()?))
    }

    fn parentheses(&mut self) -> Result<Expression, Mistake> {
        if self.depth == DEEPEST {
            return Err(self.wrong(format!("more than {DEEPEST} parentheses within each other"), ""));
        }
        self.next();
        self.depth += 1;
        let within = self.any()?;
        self.expect(')')?;
        self.depth -= 1;
        Ok(within)
    }

    /// A function is true or false, and may be compared with that.
    fn compared(&mut self, function: Expression) -> Result<Expression, Mistake> {
        let Some(Token::Operator(operator)) = self.token() else { return Ok(function) };
        let is_equal = match operator {
            Operator::Equal => true,
            Operator::NotEqual => false,
            _ => return Err(self.wrong("a function is true or false, and in no order", "write ==, !=, or nothing")),
        };
        self.next();
        let wanted = if self.takes_name("true") {
            true
        } else if self.takes_name("false") {
            false
        } else {
            return Err(self.wrong("a function is true or false, and nothing else", "write true or false"));
        };
        Ok(if is_equal == wanted { function } else { Expression::Not(Box::new(function)) })
    }

    /// Whether a name and a parenthesis follow.
    fn is_function(&self) -> bool {
        matches!(self.words, [Word { token: Token::Name(_), .. }, Word { token: Token::Sign('('), .. }, ..])
    }

    fn function(&mut self) -> Result<Expression, Mistake> {
        match self.token() {
            Some(Token::Name("IsMatch")) => {}
            Some(Token::Name(name @ ("HasAttrKeyOnDatapoint" | "HasAttrOnDatapoint"))) => {
                let help = "write a condition on data points: datapoint.attributes[\"key\"] != nil, or == a value";
                return Err(
                    self.wrong(format!("{name} looks at all points of a metric; streams are judged here"), help)
                );
            }
            Some(Token::Name(name)) => {
                return Err(self.wrong(format!("there is no function {name} here"), "the one that there is: IsMatch"));
            }
            _ => return Err(self.wrong("expected a function", "")),
        }
        self.next();
        self.expect('(')?;
        let value = self.value()?;
        self.expect(',')?;
        let at = self.at();
        let Some(Word { token: Token::Text(regex), .. }) = self.next() else {
            return Err(Mistake::new(at, "expected a regex as text in double quotes", ""));
        };
        if let Some(wrong) = wrong_regex(regex) {
            return Err(Mistake::new(at, wrong, ""));
        }
        self.expect(')')?;
        Ok(Expression::IsMatch(value, regex.clone()))
    }

    fn value(&mut self) -> Result<Value, Mistake> {
        let literal = match self.token() {
            Some(Token::Text(text)) => Literal::Text(text.clone()),
            Some(Token::Integer(value)) => Literal::Integer(*value),
            Some(Token::Double(value)) => Literal::Double(*value),
            Some(Token::Name("nil")) => Literal::Nil,
            Some(Token::Name("true")) => Literal::Boolean(true),
            Some(Token::Name("false")) => Literal::Boolean(false),
            Some(Token::Name(name)) if self.is_function() => {
                return Err(self.wrong(format!("{name}(...) cannot be a part of something else here"), ""));
            }
            Some(Token::Name("and" | "or" | "not")) => return Err(self.wrong("expected a value", VALUES)),
            Some(Token::Name(name)) if name.starts_with(char::is_uppercase) => self.constant(name)?,
            Some(Token::Name(_)) => return self.path(),
            _ => return Err(self.wrong("expected a value", VALUES)),
        };
        self.next();
        Ok(Value::Literal(literal))
    }

    fn constant(&self, name: &str) -> Result<Literal, Mistake> {
        let found = CONSTANTS.iter().find(|(known, _)| *known == name);
        let known: Vec<&str> = CONSTANTS.iter().map(|(known, _)| *known).collect();
        found.map(|(_, value)| Literal::Integer(*value)).ok_or_else(|| {
            self.wrong(format!("there is no constant {name}"), format!("known here: {}", known.join(", ")))
        })
    }

    /// Names joined by points, and the key of an attribute.
    fn path(&mut self) -> Result<Value, Mistake> {
        let at = self.at();
        let mut names = Vec::new();
        loop {
            let Some(Token::Name(name)) = self.token() else { return Err(self.wrong("expected a name", "")) };
            names.push(*name);
            self.next();
            if !self.takes('.') {
                break;
            }
        }
        let mut key = None;
        if self.takes('[') {
            let Some(Token::Text(text)) = self.token() else {
                return Err(self.wrong("expected a key as text in double quotes", ""));
            };
            key = Some(text.as_str());
            self.next();
            self.expect(']')?;
        }
        if let Some(Token::Sign('[' | '.')) = self.token() {
            return Err(self.wrong("no parts of values here", "compare the whole value"));
        }
        place::of(&Path { at, names, key }, self.context)
    }
}

/// What to do with a value alone.
const COMPARE: &str = "compare it, such as metric.name == \"http.server.duration\"";

fn one_or(mut expressions: Vec<Expression>, several: fn(Vec<Expression>) -> Expression) -> Expression {
    match expressions.len() {
        1 => expressions.remove(0),
        _ => several(expressions),
    }
}
