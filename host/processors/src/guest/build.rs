//! From settings to a guest that works: it is tried out before anything starts.

use std::sync::Arc;

use clock::Clock;
use component::error::BuildError;
use component::processor::{self, Reasons, StageSettings};
use component::services::Services;
use model::Needs;
use pipeline::stage::{Decide, Stage};
use pipeline::stream_limit::StreamLimit;
use prometheus::exposition::Page;
use wasm::{DELTA_TO_CUMULATIVE, Module, Source};

use super::settings::GuestSettings;
use super::{Processor, metrics};

impl StageSettings for GuestSettings {
    /// Nobody knows what a guest from a file does.
    fn may_make_totals(&self) -> bool {
        self.module.is_some() || self.embedded == DELTA_TO_CUMULATIVE
    }

    /// Loads and configures the guest once, which shows whether it will work.
    fn build(&self, host: &Services, reasons: &mut Reasons) -> Result<Arc<dyn processor::Processor>, BuildError> {
        let (module, needs) = self.try_out(host)?;
        let id: Arc<str> = Arc::from(&*self.id);
        let limit_reason = reasons.announce(&id, "limit");
        for reason in &needs.drop_reasons {
            reasons.announce(&id, reason);
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
}

impl GuestSettings {
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

    fn add_metrics(&self, page: &mut Page) {
        metrics::add(page, self);
    }
}
