//! What the exporter calls a stream: made where streams are decided about, used by the writers of all shards.

use super::encode;
use super::limits::Limits;
use super::settings::Settings;
use super::writer::MARK_BYTES;
use pipeline::drops::{self, Reason};
use pipeline::output::{Label, Labels};
use prometheus::families::classic::FamilyKind;
use prometheus::label_set::{LabelSet, NAME};
use prometheus::labels::Labeller;
use prometheus::names::Unnameable;
use streams::describe::View;

/// What the exporter calls a stream.
pub(super) struct SeriesLabels {
    /// As they stand in each time series.
    pub encoded: Vec<u8>,
    /// The name of the metric, where metadata is sent.
    pub name: Option<Box<str>>,
    /// The labels of a histogram or a summary, from which those of its series are made.
    pub family: Option<(FamilyKind, LabelSet)>,
}

/// The exporter's part where streams are decided about.
pub struct WriterLabels {
    labeller: Labeller,
    limits: Limits,
    metadata: bool,
}

impl WriterLabels {
    /// Labels as the exporter's settings say.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self { labeller: settings.labelling.labeller(), limits: settings.limits, metadata: settings.metadata }
    }
}

impl Label for WriterLabels {
    fn label(&mut self, view: View<'_>) -> Result<Labels, Reason> {
        let labels = self.labeller.series(view).map_err(|Unnameable(_)| drops::UNNAMEABLE)?;
        // A series of a histogram or a summary has one more, and a suffix.
        let (more, more_bytes) = if view.traits().kind.is_number() { (0, 0) } else { (1, MARK_BYTES) };
        self.limits.check(labels, more, more_bytes)?;
        let name = self.metadata.then(|| labels.get(NAME).unwrap_or_default().into());
        let family = FamilyKind::of(view.traits().kind).map(|form| (form, labels.clone()));
        let encoded = encode::labels(labels);
        let bytes = size_of::<SeriesLabels>() + encoded.len() + family.as_ref().map_or(0, |(_, set)| set.memory());
        Ok(Labels::new(SeriesLabels { encoded, name, family }, bytes))
    }

    fn series_key<'a>(&self, labels: &'a Labels) -> Option<&'a [u8]> {
        labels.get().map(|SeriesLabels { encoded, .. }| encoded.as_slice())
    }

    fn memory(&self) -> usize {
        self.labeller.memory()
    }
}
