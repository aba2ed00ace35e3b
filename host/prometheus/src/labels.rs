//! The labels of a stream, by the rules of the Collector's remote-write exporter.

use std::collections::BTreeMap;

use foldhash::quality::RandomState;
use hashbrown::{Equivalent, HashMap};

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

/// Labels that `target_info` may have, its name among them: Amazon's managed Prometheus refuses more.
const TARGET_LABELS: usize = 150;

/// Makes labels, one series after another.
#[derive(Debug)]
pub struct Labeller {
    labelling: Labelling,
    labels: LabelSet,
    names: Names,
}

/// Names of metrics that are remembered; a sender may invent more.
const NAMES: usize = 4_096;

/// The same, bytes: as many names of 256, with what they are made from.
const NAMES_BYTES: usize = 1 << 20;

/// Names that have been made, by what they were made from.
#[derive(Debug, Default)]
struct Names {
    known: HashMap<(Box<str>, Box<str>, MetricType), String, RandomState>,
    /// Of all of them.
    bytes: usize,
}

/// What a name is made from: finds those that have been made.
#[derive(Hash)]
struct NameKey<'a> {
    name: &'a str,
    unit: &'a str,
    kind: MetricType,
}

impl Equivalent<(Box<str>, Box<str>, MetricType)> for NameKey<'_> {
    fn equivalent(&self, (name, unit, kind): &(Box<str>, Box<str>, MetricType)) -> bool {
        (self.name, self.unit, self.kind) == (name, unit, *kind)
    }
}

impl Labelling {
    /// A labeller by these settings.
    #[must_use]
    pub fn labeller(&self) -> Labeller {
        Labeller { labelling: self.clone(), labels: LabelSet::default(), names: Names::default() }
    }
}

impl Labeller {
    /// The labels of a stream.
    ///
    /// # Errors
    /// [`Unnameable`] if the metric or an attribute of a point has no valid name.
    pub fn series(&mut self, view: View<'_>) -> Result<&LabelSet, Unnameable> {
        let Self { labelling, labels, names } = self;
        labels.clear();
        let resource: Vec<(&str, Value<'_>)> = view.resource().collect();
        let mut attributes: Vec<(&str, Value<'_>)> = view.attributes().collect();
        if labelling.resource != ResourceLabels::None {
            let all = labelling.resource == ResourceLabels::All;
            let written = resource.iter().copied().filter(|(key, _)| all || !SERVICE.contains(key));
            let written = written.filter(|(key, _)| labelling.can_name(key));
            add_resource(&mut attributes, written);
        }
        labelling.merge(attributes.into_iter(), labels)?;
        labelling.identify(resource.into_iter(), labels);
        if labelling.scope == ScopeLabels::Included {
            labelling.add_scope(view, labels);
        }
        labelling.set_name(view, names, labels)?;
        labels.finish();
        Ok(labels)
    }

    /// The labels of the series `target_info`, which tells about a resource; none where it would tell nothing, or more than
    /// fits into 150 labels. An attribute of which no label name can be made is left out.
    pub fn target_info(&mut self, view: View<'_>) -> Option<&LabelSet> {
        let Self { labelling, labels, .. } = self;
        labels.clear();
        let attributes = view.resource().filter(|(key, _)| !SERVICE.contains(key));
        let mut attributes = attributes.filter(|(key, _)| labelling.can_name(key)).peekable();
        attributes.peek()?;
        labelling.merge(attributes, labels).ok()?;
        labelling.identify(view.resource(), labels);
        if labels.get("job").is_none() && labels.get("instance").is_none() {
            return None;
        }
        match labelling.namespace.as_str() {
            "" => labels.set(NAME, "target_info"),
            namespace => labels.set(NAME, &format!("{namespace}_target_info")),
        }
        labels.finish();
        Some(&*labels).filter(|labels| labels.len() <= TARGET_LABELS)
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        const NAME: usize = size_of::<((Box<str>, Box<str>, MetricType), String)>();
        self.labels.memory() + self.names.bytes + self.names.known.capacity() * NAME
    }
}

/// Adds the attributes of a resource to those of a point; both are sorted by key, and so are all together. The resource
/// wins over a point's attribute of the same key.
fn add_resource<'a>(attributes: &mut Vec<(&'a str, Value<'a>)>, resource: impl Iterator<Item = (&'a str, Value<'a>)>) {
    let own = attributes.len();
    let mut next = 0;
    for (key, value) in resource {
        next += attributes[next..own].iter().take_while(|(known, _)| *known < key).count();
        match attributes[next..own].first_mut().filter(|(known, _)| *known == key) {
            Some((_, place)) => *place = value,
            None => attributes.push((key, value)),
        }
    }
    attributes.sort_by_key(|(key, _)| *key);
}

impl Labelling {
    /// The metric's name; each is made once.
    fn set_name(&self, view: View<'_>, names: &mut Names, labels: &mut LabelSet) -> Result<(), Unnameable> {
        let kind = match (view.traits().kind, view.traits().monotonic) {
            (Kind::Gauge, _) => MetricType::Gauge,
            (Kind::Sum, true) => MetricType::Counter,
            _ => MetricType::Other,
        };
        let Names { known, bytes } = names;
        let key = NameKey { name: view.name(), unit: view.unit(), kind };
        if let Some(name) = known.get(&key) {
            labels.set(NAME, name);
            return Ok(());
        }
        if known.len() >= NAMES || *bytes >= NAMES_BYTES {
            known.clear();
            *bytes = 0;
        }
        let name = names::metric(self.strategy, &self.namespace, view.name(), view.unit(), kind)?;
        labels.set(NAME, &name);
        *bytes += view.name().len() + view.unit().len() + name.len();
        known.insert((view.name().into(), view.unit().into(), kind), name);
        Ok(())
    }

    /// Whether a label name can be made of an attribute's.
    fn can_name(&self, key: &str) -> bool {
        names::label_into(self.strategy, self.label_rule, key, &mut String::new()).is_ok()
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
        labels.merge();
        Ok(())
    }

    /// `job`, `instance` and the external labels.
    fn identify<'a>(&self, resource: impl Iterator<Item = (&'a str, Value<'a>)>, labels: &mut LabelSet) {
        let (mut name, mut namespace, mut id) = (Value::Empty, None, Value::Empty);
        for (key, value) in resource {
            match key {
                "service.name" => name = value,
                "service.namespace" => namespace = Some(value),
                "service.instance.id" => id = value,
                _ => {}
            }
        }
        labels.set_unless_empty("job", |text| {
            let start = text.len();
            if let Some(namespace) = namespace {
                text::append(namespace, text);
                text.push('/');
            }
            let end = text.len();
            text::append(name, text);
            // A namespace alone is no job.
            if text.len() == end {
                text.truncate(start);
            }
        });
        labels.set_unless_empty("instance", |text| text::append(id, text));
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
