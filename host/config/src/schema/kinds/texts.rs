//! Texts, and what is made of them.

use crate::scalar::{Scalar, Taken, Wrong};
use crate::schema::Shape;
use crate::schema::kind::ScalarKind;
use crate::secret::Secret;

/// Any text.
#[derive(Debug)]
pub struct Text(&'static str);

/// Any text.
#[must_use]
pub fn text(default: &'static str) -> Text {
    Text(default)
}

impl ScalarKind for Text {
    type Value = String;
    const ZERO: &'static str = "";

    fn shape(&self) -> Shape {
        Shape::Text
    }

    fn written(&self) -> String {
        self.0.to_owned()
    }

    fn absent(&self) -> String {
        self.0.to_owned()
    }

    fn parse(&self, scalar: Scalar<'_>) -> Result<Taken<String>, Wrong> {
        scalar.worded().map(|text| Taken::plain(text.to_owned()))
    }
}

/// A text that nobody is to see.
#[derive(Debug)]
pub struct Hidden;

/// A text that nobody is to see; empty by default.
#[must_use]
pub fn secret() -> Hidden {
    Hidden
}

impl ScalarKind for Hidden {
    type Value = Secret;
    const ZERO: &'static str = "";

    fn shape(&self) -> Shape {
        Shape::Secret
    }

    fn written(&self) -> String {
        String::new()
    }

    fn absent(&self) -> Secret {
        Secret::default()
    }

    fn is_secret(&self, _text: &str) -> bool {
        true
    }

    fn parse(&self, scalar: Scalar<'_>) -> Result<Taken<Secret>, Wrong> {
        let wrong = |found: &str| Wrong {
            message: format!("expected text, found {found}"),
            help: "put it into quotes, which make it a text".into(),
        };
        match scalar.other_than_text() {
            Some(found) => Err(wrong(found)),
            None => Ok(Taken::plain(Secret::new(scalar.text()))),
        }
    }
}

/// A text that something is made of.
#[derive(Debug)]
pub struct Parsed<T> {
    read: fn(&str) -> Result<T, Wrong>,
    default: fn() -> T,
}

/// What `read` makes of a text. Messages of `read` follow the text itself. `default` stands for an empty text.
#[must_use]
pub fn parsed<T>(read: fn(&str) -> Result<T, Wrong>, default: fn() -> T) -> Parsed<T> {
    Parsed { read, default }
}

impl<T> ScalarKind for Parsed<T> {
    type Value = T;
    const ZERO: &'static str = "";

    fn shape(&self) -> Shape {
        Shape::Text
    }

    fn written(&self) -> String {
        String::new()
    }

    fn absent(&self) -> T {
        (self.default)()
    }

    fn parse(&self, scalar: Scalar<'_>) -> Result<Taken<T>, Wrong> {
        (self.read)(scalar.text()).map(Taken::plain).map_err(|wrong| wrong.of(scalar))
    }
}
