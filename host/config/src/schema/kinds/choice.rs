//! One of some words.

use crate::guess::nearest;
use crate::scalar::{Scalar, Taken, Wrong};
use crate::schema::Shape;
use crate::schema::kind::ScalarKind;

/// One of some words.
#[derive(Debug)]
pub struct Choice<T: 'static> {
    words: &'static [(&'static str, T)],
    word: &'static str,
    default: T,
}

/// One of `words`, in any case. `default` is one of their values.
#[must_use]
pub fn choice<T: Copy + PartialEq>(words: &'static [(&'static str, T)], default: T) -> Choice<T> {
    let word = words.iter().find(|(_, value)| *value == default).map_or("", |(word, _)| *word);
    Choice { words, word, default }
}

impl<T: Copy> ScalarKind for Choice<T> {
    type Value = T;
    const ZERO: &'static str = "";

    fn shape(&self) -> Shape {
        Shape::Choice(self.words.iter().map(|(word, _)| *word).filter(|word| !word.is_empty()).collect())
    }

    fn written(&self) -> String {
        self.word.to_owned()
    }

    fn absent(&self) -> T {
        self.default
    }

    fn parse(&self, scalar: Scalar<'_>) -> Result<Taken<T>, Wrong> {
        let found = self.words.iter().find(|(word, _)| word.eq_ignore_ascii_case(scalar.text()));
        found.map(|(_, value)| Taken::plain(*value)).ok_or_else(|| {
            let known: Vec<&str> = self.words.iter().map(|(word, _)| *word).filter(|word| !word.is_empty()).collect();
            let help = nearest(scalar.text(), &known).map(|near| format!("did you mean {near}?"));
            let message = format!("expected {}, found {}", known.join(" or "), scalar.shown());
            Wrong { message, help: help.unwrap_or_default() }
        })
    }
}
