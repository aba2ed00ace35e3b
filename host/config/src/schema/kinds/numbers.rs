//! Booleans, numbers and durations.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::scalar::{Scalar, Span, Taken, Wrong};
use crate::schema::Shape;
use crate::schema::kind::ScalarKind;

/// `true` or `false`.
#[derive(Debug)]
pub struct Boolean(bool);

/// `true` or `false`.
#[must_use]
pub fn boolean(default: bool) -> Boolean {
    Boolean(default)
}

impl ScalarKind for Boolean {
    type Value = bool;
    const ZERO: &'static str = "false";

    fn shape(&self) -> Shape {
        Shape::Boolean
    }

    fn written(&self) -> String {
        self.0.to_string()
    }

    fn absent(&self) -> bool {
        self.0
    }

    fn parse(&self, scalar: Scalar<'_>) -> Result<Taken<bool>, Wrong> {
        scalar.boolean().map(Taken::plain)
    }
}

/// A whole number.
#[derive(Debug)]
pub struct Integer {
    range: RangeInclusive<u64>,
    default: u64,
}

/// A whole number within `range`.
#[must_use]
pub fn integer(range: RangeInclusive<u64>, default: u64) -> Integer {
    Integer { range, default }
}

impl ScalarKind for Integer {
    type Value = u64;
    const ZERO: &'static str = "0";

    fn shape(&self) -> Shape {
        Shape::Integer(*self.range.start(), *self.range.end())
    }

    fn written(&self) -> String {
        self.default.to_string()
    }

    fn absent(&self) -> u64 {
        self.default
    }

    fn parse(&self, scalar: Scalar<'_>) -> Result<Taken<u64>, Wrong> {
        scalar.whole(&self.range)
    }
}

/// A number.
#[derive(Debug)]
pub struct Number {
    range: RangeInclusive<f64>,
    default: f64,
}

/// A number within `range`.
#[must_use]
pub fn number(range: RangeInclusive<f64>, default: f64) -> Number {
    Number { range, default }
}

impl ScalarKind for Number {
    type Value = f64;
    const ZERO: &'static str = "0";

    fn shape(&self) -> Shape {
        Shape::Number(*self.range.start(), *self.range.end())
    }

    fn written(&self) -> String {
        self.default.to_string()
    }

    fn absent(&self) -> f64 {
        self.default
    }

    fn parse(&self, scalar: Scalar<'_>) -> Result<Taken<f64>, Wrong> {
        scalar.number(&self.range).map(Taken::plain)
    }
}

/// A duration.
#[derive(Debug)]
pub struct Time(&'static str);

/// A duration such as `1m30s`; the default is written in the same form.
#[must_use]
pub fn duration(default: &'static str) -> Time {
    Time(default)
}

impl ScalarKind for Time {
    type Value = Duration;
    const ZERO: &'static str = "0s";

    fn shape(&self) -> Shape {
        Shape::Duration
    }

    fn written(&self) -> String {
        self.0.to_owned()
    }

    fn absent(&self) -> Duration {
        collector_duration::parse(self.0).unwrap_or_default()
    }

    fn parse(&self, scalar: Scalar<'_>) -> Result<Taken<Duration>, Wrong> {
        Ok(match scalar.duration()? {
            Span::Written(value) => Taken::plain(value),
            Span::Bare(value) => {
                let number = value.as_nanos();
                let message = format!("a number without a unit is nanoseconds: {number}ns");
                let help = format!("write {number}s if seconds are meant");
                Taken { value, doubt: Some(Wrong { message, help }) }
            }
        })
    }
}
