//! Calls of a guest: on a fresh instance after a failure, and with what it counts held back.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Health, Processor};
use clock::Clock;
use wasm::{ConfigureError, GuestError, Instance};

/// A guest in one shard.
#[derive(Debug)]
pub(super) struct GuestCalls {
    pub processor: Processor,
    clock: Clock,
    /// None after a failure, until the next call.
    instance: Option<Instance>,
    memory: Charged,
    /// What it counted in calls that have not been made real.
    counted: Vec<u64>,
}

impl GuestCalls {
    pub fn new(processor: &Processor, clock: &Clock) -> Self {
        let counted = vec![0; processor.needs.counters.len()];
        Self {
            processor: processor.clone(),
            clock: clock.clone(),
            instance: None,
            memory: Charged::new(processor),
            counted,
        }
    }

    /// Calls the guest; if that fails, once more on a fresh instance. State is the host's, so that nothing is lost.
    pub fn call<T>(
        &mut self,
        mut call: impl FnMut(&mut Instance, &Processor) -> Result<T, GuestError>,
    ) -> Result<T, GuestError> {
        let mut tried = false;
        loop {
            let mut instance = match self.instance.take() {
                Some(instance) if !instance.is_worn_out() => instance,
                worn_out => {
                    if worn_out.is_some() || tried {
                        self.processor.health.restarts.fetch_add(1, Ordering::Relaxed);
                    }
                    self.instantiate()?
                }
            };
            let began = self.clock.monotonic();
            let result = call(&mut instance, &self.processor);
            self.processor.health.calls.add(self.clock.monotonic().since(began));
            self.memory.set(&instance);
            match result {
                Ok(answer) => {
                    for (total, by) in self.counted.iter_mut().zip(instance.counted()) {
                        *total = total.saturating_add(*by);
                    }
                    self.instance = Some(instance);
                    return Ok(answer);
                }
                Err(error) => {
                    self.memory.forget();
                    self.processor.health.failures[error.kind()].fetch_add(1, Ordering::Relaxed);
                    if let Some(lost) = self.processor.log.take() {
                        let processor = &*self.processor.id;
                        tracing::warn!(processor, %error, retried = tried, lost, "a guest's call failed");
                    }
                    if tried || !error.may_retry() {
                        return Err(error);
                    }
                    tried = true;
                }
            }
        }
    }

    fn instantiate(&self) -> Result<Instance, GuestError> {
        let Processor { log, module, settings, .. } = &self.processor;
        match module.instantiate(log, settings) {
            Ok((instance, _)) => Ok(instance),
            Err(ConfigureError::Guest(error)) => Err(error),
            // It took the same settings when the pipeline was built.
            Err(ConfigureError::Problems(_)) => {
                Err(GuestError::Trap("the guest no longer accepts its settings".into()))
            }
        }
    }

    /// Forgets what the guest counted in calls that came to nothing.
    pub fn forget_counts(&mut self) {
        self.counted.fill(0);
    }

    /// Makes real what the guest counted.
    pub fn commit_counts(&mut self) {
        self.processor.health.events.add(&self.counted);
        self.forget_counts();
    }

    /// Bytes of the instance's linear memory.
    pub fn memory(&self) -> usize {
        self.instance.as_ref().map_or(0, Instance::memory)
    }
}

/// The part that an instance has in the memory of its processor.
#[derive(Debug)]
struct Charged {
    health: Arc<Health>,
    bytes: usize,
}

impl Charged {
    fn new(processor: &Processor) -> Self {
        Self { health: Arc::clone(&processor.health), bytes: 0 }
    }

    fn set(&mut self, instance: &Instance) {
        let bytes = instance.memory();
        if bytes != self.bytes {
            self.forget();
            self.health.memory.fetch_add(bytes, Ordering::Relaxed);
            self.bytes = bytes;
        }
    }

    fn forget(&mut self) {
        self.health.memory.fetch_sub(std::mem::take(&mut self.bytes), Ordering::Relaxed);
    }
}

impl Drop for Charged {
    fn drop(&mut self) {
        self.forget();
    }
}
