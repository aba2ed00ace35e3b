//! From settings to a guest that works: it is tried out before anything starts.

use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use component::error::BuildError;
use component::processor::{self, Reasons, StageSettings};
use component::services::Services;
use model::Needs;
use pipeline::stage::{Decide, Stage};
use pipeline::stream_limit::StreamLimit;
use prometheus::exposition::Page;
use wasm::{DELTA_TO_CUMULATIVE, Module, Source};

use super::fold::Folded;
use super::settings::GuestSettings;
use super::{Processor, metrics};

impl StageSettings for GuestSettings {
    /// Nobody knows what a guest from a file does.
    fn may_make_totals(&self) -> bool {
        self.module.is_some() || self.embedded == DELTA_TO_CUMULATIVE
    }

    fn build(&self, host: &Services, reasons: &mut Reasons) -> Result<Arc<dyn processor::Processor>, BuildError> {
        self.build_with(host, reasons, &[])
    }

    fn fold(&self, next: &dyn StageSettings) -> Option<Arc<dyn StageSettings>> {
        Some(Arc::new(Folded::new(self, next)?))
    }
}

impl GuestSettings {
    /// Loads and configures the guest once, which shows whether it will work. `parts` are the processors whose reasons
    /// to drop points the guest's are, in order; without any they are its own.
    pub(super) fn build_with(
        &self,
        host: &Services,
        reasons: &mut Reasons,
        parts: &[Arc<str>],
    ) -> Result<Arc<dyn processor::Processor>, BuildError> {
        let (module, needs) = self.try_out(host)?;
        let id: Arc<str> = Arc::from(&*self.id);
        let limit_reason = reasons.announce(&id, "limit");
        for (index, reason) in needs.drop_reasons.iter().enumerate() {
            match (parts.get(index), needs.drop_reasons.first()) {
                (Some(part), Some(first)) => reasons.announce(part, first),
                _ => reasons.announce(&id, reason),
            };
        }
        Ok(Arc::new(Processor {
            id,
            module,
            settings: Arc::from(&*self.settings),
            stream_limit: Arc::new(StreamLimit::new(needs.max_streams)),
            needs: Arc::new(needs),
            health: Arc::default(),
            limit_reason,
        }))
    }

    fn try_out(&self, host: &Services) -> Result<(Module, Needs), BuildError> {
        let source = match &self.module {
            Some(path) => Source::File(path.clone()),
            None => Source::Embedded(self.embedded),
        };
        let module = Module::load(&host.engine, &source, host.limits)
            .map_err(|error| BuildError::Load { id: self.id.clone(), error })?;
        let (_, needs) = module
            .instantiate(&Arc::from(&*self.id), &self.settings, &host.clock)
            .map_err(|error| BuildError::Configure { id: self.id.clone(), error })?;
        Ok((module, needs))
    }
}

impl processor::Processor for Processor {
    fn decide(&self, clock: &Clock) -> Box<dyn Decide> {
        Box::new(self.decide(clock))
    }

    fn stage(&self, clock: &Clock) -> Box<dyn Stage> {
        Box::new(self.stage(clock))
    }

    fn max_idle(&self) -> Option<Duration> {
        self.needs.max_idle.map(Duration::from_nanos)
    }

    fn add_metrics(&self, page: &mut Page) {
        metrics::add(page, self);
    }
}
