//! Keys that exporters to Prometheus and its relatives share: how streams become names and labels.

use std::collections::BTreeMap;

use config::block::Block;
use config::report::Report;
use prometheus::labels::{Labelling, ResourceLabels, ScopeLabels};
use prometheus::names::{self, LabelRule, Strategy};

/// Resource attributes that `job` and `instance` are made of.
const SERVICE: [&str; 3] = ["service.instance.id", "service.name", "service.namespace"];

/// Reads them; `external` is the exporter's own word for labels of all series.
pub fn read(block: &mut Block<'_>, external: &'static str, report: &mut Report) -> Labelling {
    let strategy = strategy(block, report);
    // What the Collector does since 0.162, and what it did before.
    let rules = [("preserve", LabelRule::Preserve), ("collapse", LabelRule::Collapse)];
    let label_rule = block.choice("label_names", &rules, report).unwrap_or_default();
    let mut labels = BTreeMap::new();
    for (name, value) in block.text_map(external, report) {
        let path = format!("{}.{}", block.path_of(external), name.value);
        match names::label(strategy, label_rule, &name.value) {
            Ok(_) if value.is_empty() => report.error(name.place, &path, "a label needs a value", "remove it"),
            Ok(label) => drop(labels.insert(label, value)),
            Err(_) => report.error(name.place, &path, "no name for a label", "begin it with a letter"),
        }
    }
    let resource = resource(block, report);
    let scope = match block.boolean("disable_scope_info", report) {
        Some(true) => ScopeLabels::Omitted,
        _ => ScopeLabels::Included,
    };
    let namespace = block.text("namespace", report).map(|at| at.value).unwrap_or_default();
    Labelling { strategy, label_rule, namespace, external: labels, resource, scope }
}

fn resource(block: &mut Block<'_>, report: &mut Report) -> ResourceLabels {
    let (old, new) = ("resource_to_telemetry_conversion", "resource_constant_labels");
    if let (Some(place), Some(_)) = (block.has(old), block.has(new)) {
        report.error(place, &block.path_of(old), format!("the old name of {new}, which is set too"), "remove this one");
    }
    let by_old = block.block(old, report).map(|block| switched(block, report));
    let by_new = block.block(new, report).map(|block| selected(block, report));
    by_new.or(by_old).unwrap_or_default()
}

/// The old form: all or none.
fn switched(mut block: Block<'_>, report: &mut Report) -> ResourceLabels {
    let enabled = block.boolean("enabled", report) == Some(true);
    let without_service = block.boolean("exclude_service_attributes", report) == Some(true);
    block.refuse(
        &[("included", "write resource_constant_labels"), ("excluded", "write resource_constant_labels")],
        report,
    );
    block.finish(report);
    match (enabled, without_service) {
        (false, _) => ResourceLabels::None,
        (true, false) => ResourceLabels::All,
        (true, true) => ResourceLabels::AllButService,
    }
}

/// The new form: patterns, of which this version knows the two that the old form could say.
fn selected(mut block: Block<'_>, report: &mut Report) -> ResourceLabels {
    let mut patterns = |key| {
        let mut patterns: Vec<String> = block.texts(key, report).into_iter().map(|at| at.value).collect();
        patterns.sort();
        patterns
    };
    let (included, excluded) = (patterns("included"), patterns("excluded"));
    let selected = match (included.as_slice(), excluded.as_slice()) {
        ([], []) => Some(ResourceLabels::None),
        ([all], []) if all == "*" => Some(ResourceLabels::All),
        ([], service) if service == SERVICE => Some(ResourceLabels::AllButService),
        ([all], service) if all == "*" && service == SERVICE => Some(ResourceLabels::AllButService),
        _ => None,
    };
    if selected.is_none() {
        let help = format!("write included: [\"*\"], and, to leave those out, excluded: [{}]", SERVICE.join(", "));
        let message = "this version selects all resource attributes, or all but those of the service";
        report.error(block.place(), &block.path_of("included"), message, help);
    }
    block.finish(report);
    selected.unwrap_or_default()
}

fn strategy(block: &mut Block<'_>, report: &mut Report) -> Strategy {
    let suffixes = block.boolean("add_metric_suffixes", report);
    let by_suffixes = match suffixes {
        Some(false) => Strategy::UnderscoreEscapingWithoutSuffixes,
        _ => Strategy::UnderscoreEscapingWithSuffixes,
    };
    let words = [
        ("UnderscoreEscapingWithSuffixes", Some(Strategy::UnderscoreEscapingWithSuffixes)),
        ("UnderscoreEscapingWithoutSuffixes", Some(Strategy::UnderscoreEscapingWithoutSuffixes)),
        ("", Some(by_suffixes)),
        ("NoTranslation", None),
        ("NoUTF8EscapingWithSuffixes", None),
    ];
    let place = block.has("translation_strategy").unwrap_or_default();
    match block.choice("translation_strategy", &words, report) {
        Some(Some(strategy)) => strategy,
        Some(None) => {
            let help = "write UnderscoreEscapingWithSuffixes or UnderscoreEscapingWithoutSuffixes";
            let path = block.path_of("translation_strategy");
            report.error(place, &path, "this strategy requires Prometheus Remote Write 2.0", help);
            by_suffixes
        }
        None => by_suffixes,
    }
}
