//! The debug exporter: points as text, for people who want to see what flows. It takes whatever the stages let out, deltas
//! included, and never holds a pipeline up: what nobody reads in time is left out, and counted.

pub mod block;
mod kind;
mod printer;
mod sampling;
mod text;

use std::collections::HashMap;

pub use kind::KIND;
pub use printer::{Printer, Target};
pub use sampling::Sampling;

use clock::Moment;
use model::Origin;
use pipeline::batch::Batch;
use pipeline::drops::Reason;
use pipeline::output::{Label, Labels, Output};
use pipeline::shard::outside::Outside;
use streams::OutputStream;
use streams::describe::View;
use text::Described;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verbosity {
    /// One line a batch.
    #[default]
    Basic,
    /// One line a point.
    Normal,
    /// Everything there is about each point.
    Detailed,
}

/// Settings of the exporter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its id as configured.
    pub id: String,
    /// How much is told.
    pub verbosity: Verbosity,
    /// How many batches are shown.
    pub sampling: Sampling,
    /// Where to.
    pub target: Target,
}

/// One shard's part of the exporter.
pub struct Debug {
    verbosity: Verbosity,
    sampling: Sampling,
    printer: Printer,
    streams: HashMap<OutputStream, Described>,
}

impl Debug {
    /// A part that prints with `printer`.
    #[must_use]
    pub fn new(settings: &Settings, printer: Printer) -> Self {
        Self { verbosity: settings.verbosity, sampling: settings.sampling, printer, streams: HashMap::new() }
    }
}

/// The exporter's part where streams are decided about: it shows what they are called by their senders.
pub struct DebugLabels;

impl Label for DebugLabels {
    fn takes_deltas(&self) -> bool {
        true
    }

    fn label(&mut self, _view: View<'_>) -> Result<Labels, Reason> {
        Ok(Labels::new((), 0))
    }

    fn series_key<'a>(&self, _labels: &'a Labels) -> Option<&'a [u8]> {
        None
    }
}

impl Output for Debug {
    fn describe(
        &mut self,
        stream: OutputStream,
        view: View<'_>,
        _origin: Origin,
        _labels: &Labels,
    ) -> Result<(), Reason> {
        if self.verbosity != Verbosity::Basic {
            self.streams.insert(stream, Described::of(view));
        }
        Ok(())
    }

    fn forget(&mut self, stream: OutputStream) {
        self.streams.remove(&stream);
    }

    fn write(&mut self, batch: &Batch, now: Moment, _outside: &mut dyn Outside) {
        let points = batch.alive().count();
        if points == 0 || !self.sampling.takes(now.wall) {
            return;
        }
        let mut text = text::heading(points, batch.streams().len());
        if self.verbosity != Verbosity::Basic {
            let streams = batch.alive().filter_map(|(point, stream)| Some((point, self.streams.get(&stream)?)));
            text::points(self.verbosity, streams, batch, &mut text);
        }
        self.printer.print(text);
    }

    fn tick(&mut self, _now: Moment, _outside: &mut dyn Outside) {}

    fn flush(&mut self, _now: Moment) {}

    fn memory(&self) -> usize {
        self.streams.values().map(Described::memory).sum()
    }
}

#[cfg(test)]
mod tests;
