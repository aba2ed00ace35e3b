//! Keys that exporters to Prometheus and its relatives share: how streams become names and labels.

use std::collections::BTreeMap;

use config::schema::Rules;
use prometheus::labels::{Labelling, ResourceLabels, ScopeLabels};
use prometheus::names::{self, LabelRule, Strategy};

/// Resource attributes that `job` and `instance` are made of.
const SERVICE: [&str; 3] = ["service.instance.id", "service.name", "service.namespace"];

/// The word for [`Translation`].
const STRATEGY: &str = "translation_strategy";

/// How names are made, in the words of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Translation {
    /// As `add_metric_suffixes` says.
    BySuffixes,
    /// In this way.
    Strategy(Strategy),
    /// In a way that the protocol cannot carry.
    Unsupported,
}

config::block! {
    /// How streams become names and labels.
    pub struct LabelKeys {
        /// Put in front of each name.
        namespace: String = text(""),
        /// Which resource attributes become labels.
        resource_constant_labels: Option<Selected> = maybe(block()),
        /// The old form of `resource_constant_labels`; one of the two may be written.
        resource_to_telemetry_conversion: Option<Switched> = maybe(block()),
        /// Whether the labels `otel_scope_*` are left out.
        disable_scope_info: bool = boolean(false),
        /// Whether names get the suffixes of their unit and type, where `translation_strategy` says nothing.
        add_metric_suffixes: bool = boolean(true),
        /// How names are made; by default with underscores in place of what Prometheus did not take, and with suffixes.
        translation_strategy: Translation = choice(
            &[
                ("UnderscoreEscapingWithSuffixes", Translation::Strategy(Strategy::UnderscoreEscapingWithSuffixes)),
                (
                    "UnderscoreEscapingWithoutSuffixes",
                    Translation::Strategy(Strategy::UnderscoreEscapingWithoutSuffixes),
                ),
                ("NoTranslation", Translation::Unsupported),
                ("NoUTF8EscapingWithSuffixes", Translation::Unsupported),
                ("", Translation::BySuffixes),
            ],
            Translation::BySuffixes,
        ),
        /// Label names as the Collector makes them since 0.162 (`preserve`) or before (`collapse`).
        label_names: LabelRule = choice(
            &[("preserve", LabelRule::Preserve), ("collapse", LabelRule::Collapse)],
            LabelRule::Preserve,
        ),
    }
    check LabelKeys::check_forms;
}

config::block! {
    /// Resource attributes by patterns. This version knows `*`, and all but those of the service.
    pub struct Selected {
        /// Those that become labels: `["*"]` or none.
        included: Vec<String> = texts(),
        /// Those that do not, in spite of that.
        excluded: Vec<String> = texts(),
    }
    check Selected::check_patterns;
}

config::block! {
    /// Resource attributes, all or none.
    pub struct Switched {
        /// Whether they become labels.
        enabled: bool = boolean(false),
        /// Whether `service.name`, `service.namespace` and `service.instance.id` are left out.
        exclude_service_attributes: bool = boolean(false),
    }
    refused "write resource_constant_labels" { included, excluded }
}

impl Selected {
    /// What the patterns select; none if this version cannot.
    fn labels(&self) -> Option<ResourceLabels> {
        let mut excluded: Vec<&str> = self.excluded.iter().map(String::as_str).collect();
        excluded.sort_unstable();
        let included: Vec<&str> = self.included.iter().map(String::as_str).collect();
        match (included.as_slice(), excluded.as_slice()) {
            ([], []) => Some(ResourceLabels::None),
            (["*"], []) => Some(ResourceLabels::All),
            ([] | ["*"], service) if service == SERVICE => Some(ResourceLabels::AllButService),
            _ => None,
        }
    }

    fn check_patterns(&self, rules: &mut Rules<'_>) {
        if self.labels().is_none() {
            let help = format!("write included: [\"*\"], and, to leave those out, excluded: [{}]", SERVICE.join(", "));
            let message = "this version selects all resource attributes, or all but those of the service";
            rules.block_error("included", message, help);
        }
    }
}

impl Switched {
    fn labels(&self) -> ResourceLabels {
        match (self.enabled, self.exclude_service_attributes) {
            (false, _) => ResourceLabels::None,
            (true, false) => ResourceLabels::All,
            (true, true) => ResourceLabels::AllButService,
        }
    }
}

impl LabelKeys {
    fn check_forms(&self, rules: &mut Rules<'_>) {
        let (old, new) = ("resource_to_telemetry_conversion", "resource_constant_labels");
        if rules.has(old) && rules.has(new) {
            let message = format!("the old name of {new}, which is set too");
            rules.key_error(old, message, "remove this one");
            rules.beside(new, "the new name is here");
        }
        if self.translation_strategy == Translation::Unsupported {
            let help = "write UnderscoreEscapingWithSuffixes or UnderscoreEscapingWithoutSuffixes";
            let message = "this strategy requires Prometheus Remote Write 2.0";
            rules.key_error(STRATEGY, message, help);
        }
    }

    /// Reports what is wrong with the labels of all series, which stand under `key`.
    pub fn check_fixed(&self, key: &str, fixed: &BTreeMap<String, String>, rules: &mut Rules<'_>) {
        for (name, value) in fixed {
            let key = format!("{key}.{name}");
            match names::label(self.strategy(), self.label_names, name) {
                Ok(_) if value.is_empty() => rules.key_error(&key, "a label needs a value", "remove it"),
                Ok(_) => {}
                Err(_) => rules.key_error(&key, "no name for a label", "begin it with a letter"),
            }
        }
    }

    /// What the keys mean, together with the labels of all series.
    #[must_use]
    pub fn labelling(&self, fixed: &BTreeMap<String, String>) -> Labelling {
        let label = |(name, value): (&String, &String)| {
            Some((names::label(self.strategy(), self.label_names, name).ok()?, value.clone()))
        };
        let selected = self.resource_constant_labels.as_ref().and_then(Selected::labels);
        let switched = self.resource_to_telemetry_conversion.as_ref().map(Switched::labels);
        Labelling {
            strategy: self.strategy(),
            label_rule: self.label_names,
            namespace: self.namespace.clone(),
            external: fixed.iter().filter_map(label).collect(),
            resource: selected.or(switched).unwrap_or_default(),
            scope: if self.disable_scope_info { ScopeLabels::Omitted } else { ScopeLabels::Included },
        }
    }

    fn strategy(&self) -> Strategy {
        match self.translation_strategy {
            Translation::Strategy(strategy) => strategy,
            _ if self.add_metric_suffixes => Strategy::UnderscoreEscapingWithSuffixes,
            _ => Strategy::UnderscoreEscapingWithoutSuffixes,
        }
    }
}
