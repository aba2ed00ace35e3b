//! Processors in a row that the guest `attribute-filter` runs, as one call of it: each is a group of its rules.

use std::sync::Arc;

use component::error::BuildError;
use component::processor::{self, Reasons, StageSettings};
use component::services::Services;
use model::Problem;
use serde_json::{Map, Value as Json, json};
use wasm::{ATTRIBUTE_FILTER, ConfigureError, Source};

use super::settings::GuestSettings;

/// The guest that runs them.
const SOURCE: Source = Source::Embedded(ATTRIBUTE_FILTER);

/// Processors in a row, as meant: two at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded(Vec<GuestSettings>);

impl Folded {
    /// Two processors as one; none if the guest does not run both.
    pub(super) fn new(first: &GuestSettings, second: &dyn StageSettings) -> Option<Self> {
        Some(Self(vec![first.folds()?.clone(), foldable(second)?.clone()]))
    }

    /// The guest that runs all.
    fn guest(&self) -> GuestSettings {
        let ids: Vec<&str> = self.0.iter().map(|part| part.id.as_str()).collect();
        let groups: Vec<Json> = self.0.iter().map(group).collect();
        let settings = json!({ "groups": groups }).to_string();
        GuestSettings { id: ids.join("+"), settings, ..GuestSettings::new("", SOURCE, Map::new()) }
    }

    /// What is wrong with the settings is wrong with those of one processor.
    fn error(&self, error: BuildError) -> BuildError {
        let BuildError::Configure { id, within, error: ConfigureError::Problems(problems) } = error else {
            return error;
        };
        let of = |problem: Problem| {
            let part = problem.path.strip_prefix("groups.").and_then(|path| {
                let (index, path) = path.split_once('.').unwrap_or((path, ""));
                let path = path.strip_prefix("block").map_or(path, |path| path.trim_start_matches('.'));
                Some((self.0.get(index.parse::<usize>().ok()?)?, path.to_owned()))
            });
            let (id, path) = part.map_or((id.clone(), problem.path.clone()), |(part, path)| (part.id.clone(), path));
            BuildError::Configure { id, within, error: ConfigureError::Problems(vec![Problem { path, ..problem }]) }
        };
        BuildError::Several(problems.into_iter().map(of).collect())
    }
}

impl StageSettings for Folded {
    fn build(&self, host: &Services, reasons: &mut Reasons) -> Result<Arc<dyn processor::Processor>, BuildError> {
        let ids: Vec<Arc<str>> = self.0.iter().map(|part| Arc::from(part.id.as_str())).collect();
        self.guest().build_with(host, reasons, &ids).map_err(|error| self.error(error))
    }

    fn fold(&self, next: &dyn StageSettings) -> Option<Arc<dyn StageSettings>> {
        let parts = self.0.iter().chain([foldable(next)?]).cloned().collect();
        Some(Arc::new(Self(parts)))
    }
}

fn foldable(settings: &dyn StageSettings) -> Option<&GuestSettings> {
    let settings: &dyn std::any::Any = settings;
    settings.downcast_ref::<GuestSettings>()?.folds()
}

/// The group of a processor: the one that the host made of its block, or its block as written.
fn group(part: &GuestSettings) -> Json {
    let settings: Json = serde_json::from_str(&part.settings).unwrap_or_default();
    match settings.get("groups").and_then(Json::as_array).map(Vec::as_slice) {
        Some([group]) => group.clone(),
        _ => json!({ "block": settings }),
    }
}

impl GuestSettings {
    /// Itself, if the guest is the one that takes groups.
    fn folds(&self) -> Option<&Self> {
        (self.source == SOURCE).then_some(self)
    }
}
