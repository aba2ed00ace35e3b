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
use wasm::{DELTA_TO_CUMULATIVE, GuestLog, Module, Source};

use super::fold::Folded;
use super::settings::GuestSettings;
use super::{Processor, metrics};

impl StageSettings for GuestSettings {
    /// Nobody knows what a guest from a file does.
    fn may_make_totals(&self) -> bool {
        matches!(&self.source, Source::File { .. }) || self.source == Source::Embedded(DELTA_TO_CUMULATIVE)
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
        let id: Arc<str> = Arc::from(&*self.id);
        let log = GuestLog::new(&id, &host.clock);
        let (module, needs) = self.try_out(host, &log)?;
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
            log,
            limit_reason,
        }))
    }

    fn try_out(&self, host: &Services, log: &Arc<GuestLog>) -> Result<(Module, Needs), BuildError> {
        let module = Module::load(&host.engine, &self.source, self.bounds.limits.unwrap_or(host.limits))
            .map_err(|error| BuildError::Load { id: self.id.clone(), error })?;
        let (_, mut needs) = module.instantiate(log, &self.settings).map_err(|error| BuildError::Configure {
            id: self.id.clone(),
            within: self.within,
            error,
        })?;
        needs.max_streams = self.bounds.max_streams.or(needs.max_streams);
        let nanos = |idle: Duration| u64::try_from(idle.as_nanos()).unwrap_or(u64::MAX);
        needs.max_idle = self.bounds.max_idle.map(nanos).or(needs.max_idle);
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
