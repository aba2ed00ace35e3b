//! Values of attributes, which keep the type that YAML gives them.

use config::number::{Number, Spelling, number};
use config::scalar::{Scalar, Taken, Wrong};
use config::schema::Shape;
use config::schema::kind::ScalarKind;
use serde_json::Value as Json;

/// A text, a boolean, an integer or a double.
#[derive(Debug)]
pub struct Typed;

/// A text, a boolean, an integer or a double; quotes make a text of anything.
#[must_use]
pub fn typed() -> Typed {
    Typed
}

impl ScalarKind for Typed {
    type Value = Json;
    const ZERO: &'static str = "";

    fn shape(&self) -> Shape {
        Shape::Free
    }

    fn written(&self) -> String {
        String::new()
    }

    fn absent(&self) -> Json {
        Json::String(String::new())
    }

    fn parse(&self, scalar: Scalar<'_>) -> Result<Taken<Json>, Wrong> {
        let text = scalar.text();
        if scalar.other_than_text().is_none() {
            return Ok(Taken::plain(Json::String(text.to_owned())));
        }
        let Some(number) = number(text) else { return Ok(Taken::plain(Json::Bool(scalar.boolean()?))) };
        let value = match number {
            Number::Whole(whole) => i64::try_from(whole.value).ok().map(Json::from),
            Number::Fraction(double) => Some(Json::from(double)).filter(|double| !double.is_null()),
        };
        let value = value.ok_or_else(|| Wrong {
            message: format!("expected an integer of 64 bits or a finite double, found {}", scalar.shown()),
            help: "put it into quotes if it is a text".into(),
        })?;
        let is_odd = matches!(number, Number::Whole(whole) if whole.spelling == Spelling::LeadingZero);
        let doubt = is_odd.then(|| Wrong {
            message: format!("zeros in front make {} octal: {value}", scalar.shown()),
            help: format!("write {value}, the number without zeros, or a text in quotes"),
        });
        Ok(Taken { value, doubt })
    }
}
