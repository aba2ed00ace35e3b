//! The labels of a stream, by the rules of the Collector's remote-write exporter.

use std::collections::{BTreeMap, HashMap};

use super::label_set::{LabelSet, NAME};
use super::names::{self, LabelRule, MetricType, Strategy, Unnameable};
use model::Kind;
use otlp::canonical::Value;
use otlp::text;
use streams::describe::View;

/// Settings of the exporter that decide about names and labels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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

const SERVICE: [&str; 3] = ["service.name", "service.namespace", "service.instance.id"];

/// Names of metrics that are remembered; a sender may invent more.
const NAMES: usize = 4_096;

/// Makes labels, one series after another.
#[derive(Debug)]
pub struct Labeller {
    labelling: Labelling,
    labels: LabelSet,
    names: HashMap<(Box<str>, Box<str>, MetricType), String>,
}

impl Labelling {
    /// A labeller by these settings.
    #[must_use]
    pub fn labeller(&self) -> Labeller {
        Labeller { labelling: self.clone(), labels: LabelSet::default(), names: HashMap::new() }
    }
}

impl Labeller {
    /// The labels of a stream.
    ///
    /// # Errors
    /// [`Unnameable`] if the metric or an attribute has no valid name.
    pub fn series(&mut self, view: View<'_>) -> Result<&LabelSet, Unnameable> {
        let Self { labelling, labels, names } = self;
        labels.clear();
        let mut attributes: Vec<(&str, Value<'_>)> = view.attributes().collect();
        if labelling.resource != ResourceLabels::None {
            let own = attributes.len();
            let all = labelling.resource == ResourceLabels::All;
            for (key, value) in view.resource().filter(|(key, _)| all || !SERVICE.contains(key)) {
                // The resource wins over a point's attribute of the same key.
                match attributes[..own].iter_mut().find(|(known, _)| *known == key) {
                    Some((_, place)) => *place = value,
                    None => attributes.push((key, value)),
                }
            }
            attributes.sort_by_key(|(key, _)| *key);
        }
        labelling.merge(attributes.into_iter(), labels)?;
        labelling.identify(view, labels);
        if labelling.scope == ScopeLabels::Included {
            labelling.add_scope(view, labels);
        }
        labels.set(NAME, labelling.name(view, names)?);
        labels.finish();
        Ok(labels)
    }

    /// The labels of the series `target_info`, which tells about a resource; none where it would tell nothing.
    ///
    /// # Errors
    /// [`Unnameable`] if an attribute has no valid name.
    pub fn target_info(&mut self, view: View<'_>) -> Result<Option<&LabelSet>, Unnameable> {
        let Self { labelling, labels, .. } = self;
        labels.clear();
        let mut attributes = view.resource().filter(|(key, _)| !SERVICE.contains(key)).peekable();
        if attributes.peek().is_none() {
            return Ok(None);
        }
        labelling.merge(attributes, labels)?;
        labelling.identify(view, labels);
        if labels.get("job").is_none() && labels.get("instance").is_none() {
            return Ok(None);
        }
        match labelling.namespace.as_str() {
            "" => labels.set(NAME, "target_info"),
            namespace => labels.set(NAME, &format!("{namespace}_target_info")),
        }
        labels.finish();
        Ok(Some(labels))
    }
}

impl Labelling {
    /// The metric's name; each is made once.
    fn name<'a>(
        &self,
        view: View<'_>,
        names: &'a mut HashMap<(Box<str>, Box<str>, MetricType), String>,
    ) -> Result<&'a str, Unnameable> {
        let kind = match (view.traits().kind, view.traits().monotonic) {
            (Kind::Gauge, _) => MetricType::Gauge,
            (Kind::Sum, true) => MetricType::Counter,
            _ => MetricType::Other,
        };
        let key = (view.name().into(), view.unit().into(), kind);
        if names.len() >= NAMES && !names.contains_key(&key) {
            names.clear();
        }
        match names.entry(key) {
            std::collections::hash_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::hash_map::Entry::Vacant(place) => {
                let name = names::metric(self.strategy, &self.namespace, view.name(), view.unit(), kind)?;
                Ok(place.insert(name))
            }
        }
    }

    /// Attributes as labels, in the order of their keys. Where two keys make one name their values are joined.
    fn merge<'a>(
        &self,
        attributes: impl Iterator<Item = (&'a str, Value<'a>)>,
        labels: &mut LabelSet,
    ) -> Result<(), Unnameable> {
        for (key, value) in attributes {
            labels.join(
                |out| names::label_into(self.strategy, self.label_rule, key, out),
                |out| text::append(value, out),
            )?;
        }
        Ok(())
    }

    /// `job`, `instance` and the external labels.
    fn identify(&self, view: View<'_>, labels: &mut LabelSet) {
        let (mut name, mut namespace, mut id) = (String::new(), None, String::new());
        for (key, value) in view.resource() {
            match key {
                "service.name" => name = text::of(value),
                "service.namespace" => namespace = Some(text::of(value)),
                "service.instance.id" => id = text::of(value),
                _ => {}
            }
        }
        match namespace {
            _ if name.is_empty() => {}
            Some(namespace) => labels.set("job", &format!("{namespace}/{name}")),
            None => labels.set("job", &name),
        }
        if !id.is_empty() {
            labels.set("instance", &id);
        }
        for (name, value) in &self.external {
            if labels.get(name).is_none() {
                labels.set(name, value);
            }
        }
    }

    fn add_scope(&self, view: View<'_>, labels: &mut LabelSet) {
        let (name, version) = view.scope_name_version();
        for (label, value) in [("otel_scope_name", name), ("otel_scope_version", version)] {
            if !value.is_empty() {
                labels.set(label, value);
            }
        }
        for (key, value) in view.scope_attributes() {
            if !matches!(key, "name" | "version" | "schema_url")
                && let Ok(label) = names::label(self.strategy, self.label_rule, &format!("otel_scope_{key}"))
            {
                labels.set(&label, &text::of(value));
            }
        }
    }
}
