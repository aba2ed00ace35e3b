//! The labels of a stream, by the rules of the Collector's remote-write exporter.

use std::collections::BTreeMap;

use super::names::{self, LabelRule, MetricType, Strategy, Unnameable};
use super::text;
use crate::otlp::walk::Kind;
use crate::stream::canonical::Value;
use crate::stream::describe::View;

/// Settings of the exporter that decide about names and labels.
#[derive(Debug, Clone, Default)]
pub struct Labelling {
    /// How names are made.
    pub strategy: Strategy,
    /// How label names are made.
    pub label_rule: LabelRule,
    /// Put in front of each metric's name.
    pub namespace: String,
    /// Labels for all series, where the name is free. Names have been made already.
    pub external: BTreeMap<String, String>,
    /// Which resource attributes become labels.
    pub resource: ResourceLabels,
    /// Whether the scope's name, version and attributes become labels.
    pub scope: ScopeLabels,
}

/// Which resource attributes become labels of each series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResourceLabels {
    /// None; only `job` and `instance` are made from them.
    #[default]
    None,
    /// All.
    All,
    /// All but `service.name`, `service.namespace` and `service.instance.id`.
    AllButService,
}

/// Whether the scope becomes labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScopeLabels {
    /// `otel_scope_name`, `otel_scope_version` and one for each attribute.
    #[default]
    Included,
    /// None.
    Omitted,
}

/// Labels by name, bytewise, as remote write wants them; `__name__` among them.
pub type Labels = BTreeMap<String, String>;

/// The label that holds the metric's name.
pub const NAME: &str = "__name__";

const SERVICE: [&str; 3] = ["service.name", "service.namespace", "service.instance.id"];

impl Labelling {
    /// The labels of a stream.
    ///
    /// # Errors
    /// [`Unnameable`] if the metric or an attribute has no valid name.
    pub fn series(&self, view: View<'_>) -> Result<Labels, Unnameable> {
        let kind = match (view.traits().kind, view.traits().monotonic) {
            (Kind::Gauge, _) => MetricType::Gauge,
            (Kind::Sum, true) => MetricType::Counter,
            _ => MetricType::Other,
        };
        let name = names::metric(self.strategy, &self.namespace, view.name(), view.unit(), kind)?;
        let mut attributes: Vec<(&str, Value<'_>)> = view.attributes().collect();
        if self.resource != ResourceLabels::None {
            let all = self.resource == ResourceLabels::All;
            for (key, value) in view.resource().filter(|(key, _)| all || !SERVICE.contains(key)) {
                // The resource wins over a point's attribute of the same key.
                match attributes.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, place)) => *place = value,
                    None => attributes.push((key, value)),
                }
            }
        }
        let mut labels = self.merge(attributes)?;
        self.identify(view, &mut labels);
        if self.scope == ScopeLabels::Included {
            self.add_scope(view, &mut labels);
        }
        labels.insert(NAME.into(), name);
        Ok(labels)
    }

    /// The labels of the series `target_info`, which tells about a resource; none where it would tell nothing.
    ///
    /// # Errors
    /// [`Unnameable`] if an attribute has no valid name.
    pub fn target_info(&self, view: View<'_>) -> Result<Option<Labels>, Unnameable> {
        let attributes: Vec<(&str, Value<'_>)> = view.resource().filter(|(key, _)| !SERVICE.contains(key)).collect();
        if attributes.is_empty() {
            return Ok(None);
        }
        let mut labels = self.merge(attributes)?;
        self.identify(view, &mut labels);
        if !labels.contains_key("job") && !labels.contains_key("instance") {
            return Ok(None);
        }
        let name = if self.namespace.is_empty() {
            "target_info".to_owned()
        } else {
            format!("{}_target_info", self.namespace)
        };
        labels.insert(NAME.into(), name);
        Ok(Some(labels))
    }

    /// Attributes as labels. Where two keys make one name their values are joined, in the order of the keys.
    fn merge(&self, mut attributes: Vec<(&str, Value<'_>)>) -> Result<Labels, Unnameable> {
        attributes.sort_by_key(|(key, _)| *key);
        let mut labels = Labels::new();
        for (key, value) in attributes {
            let value = text::of(value);
            if value.is_empty() {
                continue;
            }
            let name = names::label(self.strategy, self.label_rule, key)?;
            match labels.get_mut(&name) {
                None => drop(labels.insert(name, value)),
                // Left out only if it equals all that has been joined so far.
                Some(joined) if *joined == value => {}
                Some(joined) => {
                    joined.push(';');
                    joined.push_str(&value);
                }
            }
        }
        Ok(labels)
    }

    /// `job`, `instance` and the external labels.
    fn identify(&self, view: View<'_>, labels: &mut Labels) {
        let service = |key| view.resource().find(|(known, _)| *known == key).map(|(_, value)| text::of(value));
        if let Some(name) = service("service.name").filter(|name| !name.is_empty()) {
            let job = match service("service.namespace") {
                Some(namespace) => format!("{namespace}/{name}"),
                None => name,
            };
            labels.insert("job".into(), job);
        }
        if let Some(id) = service("service.instance.id").filter(|id| !id.is_empty()) {
            labels.insert("instance".into(), id);
        }
        for (name, value) in &self.external {
            labels.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }

    fn add_scope(&self, view: View<'_>, labels: &mut Labels) {
        let (name, version) = view.scope_name_version();
        let named = [("otel_scope_name", name), ("otel_scope_version", version)];
        for (label, value) in named.into_iter().filter(|(_, value)| !value.is_empty()) {
            labels.insert(label.into(), value.into());
        }
        for (key, value) in view.scope_attributes() {
            if !matches!(key, "name" | "version" | "schema_url")
                && let Ok(label) = names::label(self.strategy, self.label_rule, &format!("otel_scope_{key}"))
            {
                labels.insert(label, text::of(value));
            }
        }
        // Remote write has no empty label values: absent says the same.
        labels.retain(|_, value| !value.is_empty());
    }
}
