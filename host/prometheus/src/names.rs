//! Metric and label names as the Collector makes them from OTLP's (`prometheus/otlptranslator` 1.0.0).

use thiserror::Error;

/// How names are made; the variants are those of the exporter's `translation_strategy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// Only letters, digits, `_` and `:`; unit and type are appended.
    #[default]
    UnderscoreEscapingWithSuffixes,
    /// Only letters, digits, `_` and `:`; nothing is appended.
    UnderscoreEscapingWithoutSuffixes,
    /// Any character; unit and type are appended. Needs remote write 2.0.
    NoUtf8EscapingWithSuffixes,
    /// As it came. Needs remote write 2.0.
    NoTranslation,
}

/// How label names are made; the rule changed with the Collector's release 0.162.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelRule {
    /// Since 0.162: each invalid character becomes one `_`; leading and repeated ones stay.
    #[default]
    Preserve,
    /// Up to 0.161: runs of `_` collapse, and a leading one is preceded by `key`.
    Collapse,
}

/// What the suffixes of a metric's name depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MetricType {
    /// A gauge.
    Gauge,
    /// A monotonic sum.
    Counter,
    /// Anything else.
    Other,
}

/// No valid name can be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no valid Prometheus name can be made of {0:?}")]
pub struct Unnameable(pub String);

/// The name of a metric. `namespace` is put in front as it is.
///
/// # Errors
/// [`Unnameable`] if nothing or only underscores would be left.
pub fn metric(
    strategy: Strategy,
    namespace: &str,
    name: &str,
    unit: &str,
    kind: MetricType,
) -> Result<String, Unnameable> {
    let made = match strategy {
        Strategy::UnderscoreEscapingWithSuffixes => escaped_with_suffixes(namespace, name, unit, kind),
        Strategy::UnderscoreEscapingWithoutSuffixes => escaped(namespace, name),
        Strategy::NoUtf8EscapingWithSuffixes => return Ok(with_suffixes(spaced(namespace, name), unit, kind)),
        Strategy::NoTranslation => return Ok(spaced(namespace, name)),
    };
    if made.is_empty() || (made != name && is_underscores(&made)) {
        return Err(Unnameable(name.to_owned()));
    }
    Ok(made)
}

fn spaced(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}_{name}") }
}

fn escaped_with_suffixes(namespace: &str, name: &str, unit: &str, kind: MetricType) -> String {
    let mut tokens: Vec<&str> =
        name.split(|character| !is_valid(character)).filter(|token| !token.is_empty()).collect();
    let (main, per) = unit_suffixes(unit);
    let (main, per) = (clean_unit(&main), clean_unit(&per));
    let mut main = if tokens.contains(&main.as_str()) { "" } else { main.as_str() };
    let mut per = if per == "per_" { "" } else { per.strip_suffix('_').unwrap_or(&per) };
    if tokens.contains(&per) {
        per = "";
    }
    if !per.is_empty() {
        main = main.strip_suffix('_').unwrap_or(main);
    }
    tokens.extend([main, per].into_iter().filter(|suffix| !suffix.is_empty()));
    if let Some(suffix) = type_suffix(unit, kind) {
        tokens.retain(|&token| token != suffix);
        tokens.push(suffix);
    }
    if !namespace.is_empty() {
        tokens.insert(0, namespace);
    }
    guard_digit(tokens.join("_"), "_")
}

fn escaped(namespace: &str, name: &str) -> String {
    let escape = |text: &str| {
        let tokens: Vec<&str> = text
            .split(|character| !is_valid(character) && character != '_')
            .filter(|token| !token.is_empty())
            .collect();
        tokens.join("_")
    };
    if namespace.is_empty() { guard_digit(escape(name), "_") } else { spaced(&escape(namespace), &escape(name)) }
}

/// Suffixes around a name whose characters are left alone: unit, per unit, type.
fn with_suffixes(mut name: String, unit: &str, kind: MetricType) -> String {
    let last = type_suffix(unit, kind);
    if let Some(suffix) = last {
        name = trim_suffix(name, suffix);
    }
    let (main, per) = unit_suffixes(unit);
    if !per.is_empty() {
        name = trim_suffix(name, &per);
    }
    if !main.is_empty() && !name.ends_with(&*main) {
        name = format!("{name}_{main}");
    }
    if !per.is_empty() {
        name = format!("{name}_{per}");
    }
    match last {
        Some(suffix) => format!("{name}_{suffix}"),
        None => name,
    }
}

/// Cuts `suffix` and the character before it, if at least one character is left.
fn trim_suffix(name: String, suffix: &str) -> String {
    match name.strip_suffix(suffix) {
        Some(rest) if rest.len() > 1 => {
            let mut rest = rest.chars();
            rest.next_back();
            rest.as_str().to_owned()
        }
        _ => name,
    }
}

fn type_suffix(unit: &str, kind: MetricType) -> Option<&'static str> {
    match kind {
        MetricType::Counter => Some("total"),
        MetricType::Gauge if unit == "1" => Some("ratio"),
        MetricType::Gauge | MetricType::Other => None,
    }
}

fn guard_digit(name: String, prefix: &str) -> String {
    if starts_with_digit(&name) { format!("{prefix}{name}") } else { name }
}

fn is_valid(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == ':'
}

fn is_underscores(name: &str) -> bool {
    name.bytes().all(|byte| byte == b'_')
}

/// The words for the two halves of a unit; empty where there is none.
fn unit_suffixes(unit: &str) -> (String, String) {
    let (main, per) = unit.split_once('/').unwrap_or((unit, ""));
    let known = |part: &str| {
        let part = part.trim();
        (!part.is_empty() && !part.contains(['{', '}'])).then(|| part.to_owned())
    };
    let main = known(main).map(|main| main_unit(&main).map_or(main, str::to_owned)).unwrap_or_default();
    let per = known(per).map(|per| format!("per_{}", per_unit(&per).unwrap_or(&per))).unwrap_or_default();
    (main, per)
}

fn clean_unit(unit: &str) -> String {
    let mut clean = String::with_capacity(unit.len());
    for character in unit.chars() {
        if is_valid(character) {
            clean.push(character);
        } else if !clean.ends_with('_') {
            clean.push('_');
        }
    }
    clean.strip_prefix('_').map(str::to_owned).unwrap_or(clean)
}

fn main_unit(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "d" => "days",
        "h" => "hours",
        "min" => "minutes",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "TiBy" => "tibibytes",
        "KBy" => "kilobytes",
        "MBy" => "megabytes",
        "GBy" => "gigabytes",
        "TBy" => "terabytes",
        "m" => "meters",
        "V" => "volts",
        "A" => "amperes",
        "J" => "joules",
        "W" => "watts",
        "g" => "grams",
        "Cel" => "celsius",
        "Hz" => "hertz",
        "1" => "",
        "%" => "percent",
        _ => return None,
    })
}

fn per_unit(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "s" => "second",
        "m" => "minute",
        "h" => "hour",
        "d" => "day",
        "w" => "week",
        "mo" => "month",
        "y" => "year",
        _ => return None,
    })
}

/// The name of a label.
///
/// # Errors
/// [`Unnameable`] if nothing or only underscores would be left.
pub fn label(strategy: Strategy, rule: LabelRule, name: &str) -> Result<String, Unnameable> {
    let mut made = String::with_capacity(name.len());
    label_into(strategy, rule, name, &mut made)?;
    Ok(made)
}

/// The same, appended to `out`.
pub(super) fn label_into(strategy: Strategy, rule: LabelRule, name: &str, out: &mut String) -> Result<(), Unnameable> {
    let start = out.len();
    let escapes =
        matches!(strategy, Strategy::UnderscoreEscapingWithSuffixes | Strategy::UnderscoreEscapingWithoutSuffixes);
    match rule {
        _ if !escapes || name.is_empty() => out.push_str(name),
        LabelRule::Preserve => {
            if starts_with_digit(name) {
                out.push_str("key_");
            }
            for (index, part) in name.split(|character: char| !character.is_ascii_alphanumeric()).enumerate() {
                if index > 0 {
                    out.push('_');
                }
                out.push_str(part);
            }
        }
        LabelRule::Collapse => out.push_str(&collapsed(name)),
    }
    if is_underscores(&out[start..]) { Err(Unnameable(name.to_owned())) } else { Ok(()) }
}

fn collapsed(name: &str) -> String {
    let inner = (name.len() >= 4).then(|| name.strip_prefix("__")?.strip_suffix("__")).flatten();
    let mut made = String::with_capacity(name.len());
    for character in inner.unwrap_or(name).chars() {
        if character.is_ascii_alphanumeric() {
            made.push(character);
        } else if !made.ends_with('_') {
            made.push('_');
        }
    }
    if inner.is_some() {
        return format!("__{made}__");
    }
    if made.starts_with('_') && !made.starts_with("__") {
        return format!("key{made}");
    }
    guard_digit(made, "key_")
}

fn starts_with_digit(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_digit())
}
