//! Attributes in the key `attributes`: `name=value|`, with the value as the Collector's `AsString` writes it.

use otlp::attributes::Attribute;
use otlp::canonical;
use otlp::text;
use otlp::wire::Malformed;

/// Appends `name` with the value of `found`, or without one.
pub(crate) fn append(name: &str, found: Option<&Attribute<'_>>, key: &mut String) -> Result<(), Malformed> {
    key.push_str(name);
    key.push('=');
    if let Some(attribute) = found {
        let mut canonical = Vec::new();
        canonical::write(attribute, &mut canonical)?;
        text::append(canonical::read(&canonical).1, key);
    }
    key.push('|');
    Ok(())
}
