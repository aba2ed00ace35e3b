//! What a kind of value is: how it is read, and what is said of it.

use super::{Preset, Shape, Site, Written};
use crate::node::{Node, Value};
use crate::report::Report;
use crate::scalar::{Scalar, Taken, Wrong};

/// A kind of value.
pub trait Kind {
    /// The value, as meant.
    type Value;

    /// What may be written.
    fn shape(&self) -> Shape;

    /// What holds where nothing is written.
    fn preset(&self) -> Preset;

    /// The same as a value.
    fn absent(&self) -> Self::Value;

    /// Reads a value. None if it is wrong, which is then in the report.
    fn read(&self, site: Site<'_>, report: &mut Report) -> Option<Self::Value>;

    /// What to do where nothing is written in that block; none if that is no mistake.
    fn demand(&self, _block: &Written<'_>) -> Option<&'static str> {
        None
    }
}

/// A kind of value that is one text, number or boolean.
pub trait ScalarKind {
    /// The value, as meant.
    type Value;

    /// What the Collector takes a null for.
    const ZERO: &'static str;

    /// See [`Kind::shape`].
    fn shape(&self) -> Shape;

    /// The default as YAML writes it.
    fn written(&self) -> String;

    /// See [`Kind::absent`].
    fn absent(&self) -> Self::Value;

    /// Whether a text is, or has in it, what nobody is to see.
    fn is_secret(&self, _text: &str) -> bool {
        false
    }

    /// What a scalar means.
    ///
    /// # Errors
    /// What is wrong with it, and what would help.
    fn parse(&self, scalar: Scalar<'_>) -> Result<Taken<Self::Value>, Wrong>;
}

impl<S: ScalarKind> Kind for S {
    type Value = S::Value;

    fn shape(&self) -> Shape {
        ScalarKind::shape(self)
    }

    fn preset(&self) -> Preset {
        Preset::Value(self.written())
    }

    fn absent(&self) -> S::Value {
        ScalarKind::absent(self)
    }

    fn read(&self, site: Site<'_>, report: &mut Report) -> Option<S::Value> {
        let Site { node, path } = site;
        if self.is_secret(node.text().unwrap_or_default()) {
            report.hide(node);
        }
        let zero;
        let scalar = match &node.value {
            Value::Reference => return None,
            Value::Null => {
                zero = zero_of::<S>(node);
                Scalar::of(&zero)
            }
            _ if ScalarKind::shape(self).is_text() => Scalar::of_text(node),
            _ => Scalar::of(node),
        };
        let Some(scalar) = scalar else {
            let is_text = matches!(ScalarKind::shape(self), Shape::Text | Shape::Secret);
            let expected = if is_text { "text" } else { "one value" };
            report.error(node.place, path, format!("expected {expected}, found {}", node.value.kind()), "");
            return None;
        };
        match self.parse(scalar) {
            Ok(Taken { value, doubt }) => {
                let doubt = if matches!(node.value, Value::Null) { nothing(self) } else { doubt };
                if let Some(Wrong { message, help }) = doubt {
                    report.warning(node.place, path, message, help);
                }
                Some(value)
            }
            Err(Wrong { message, help }) => {
                let is_null = matches!(node.value, Value::Null);
                let message = if is_null { format!("no value; {message}") } else { message };
                report.error(node.place, path, message, help);
                None
            }
        }
    }
}

/// What a null means where a scalar belongs.
fn zero_of<S: ScalarKind>(node: &Node) -> Node {
    let value = if S::ZERO.is_empty() { Value::Quoted(String::new()) } else { Value::Plain(S::ZERO.to_owned()) };
    Node { value, expanded: None, ..node.clone() }
}

/// What to say of a null; nothing if the default means the same.
fn nothing<S: ScalarKind>(kind: &S) -> Option<Wrong> {
    let default = kind.written();
    if default == S::ZERO {
        return None;
    }
    let zero = if S::ZERO.is_empty() { "an empty text" } else { S::ZERO };
    let message = format!("no value means {zero} here, as in the Collector, not the default, {default}");
    Some(Wrong { message, help: "remove the key for the default, or give it a value".into() })
}
