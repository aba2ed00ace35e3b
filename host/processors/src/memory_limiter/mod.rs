//! `memory_limiter`: refuses requests, in a way that can be retried, while the host holds too much.
//!
//! It judges what the host knows that it holds: requests in flight, the exporters' queues, stream tables and guests'
//! memory. Never the resident size: an allocator that keeps pages would make it refuse for ever.

pub mod block;
mod kind;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub use kind::KIND;

use budget::Budget;
use pipeline::shard::Gauges;
use pipeline::{decide, intake};
use thiserror::Error;

/// Settings, as meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The hard limit, bytes.
    pub limit: usize,
    /// Requests are refused from this far below it, bytes.
    pub spike: usize,
}

/// The limiter of a pipeline.
#[derive(Debug)]
pub struct Limiter {
    settings: Settings,
    budgets: Vec<Budget>,
    shards: Vec<Arc<Gauges>>,
    deciders: Vec<Arc<decide::Gauges>>,
}

impl Settings {
    /// A limiter over all that the pipeline holds.
    #[must_use]
    pub fn build(self, budgets: Vec<Budget>, shards: Vec<Arc<Gauges>>, deciders: Vec<Arc<decide::Gauges>>) -> Limiter {
        Limiter { settings: self, budgets, shards, deciders }
    }
}

/// The host holds too much.
#[derive(Debug, Error)]
#[error("data refused due to high memory usage: {held} bytes held, {allowed} allowed")]
struct TooMuch {
    held: usize,
    allowed: usize,
}

impl intake::leg::Limiter for Limiter {
    fn check(&self, routes: usize) -> Result<(), Arc<dyn Error + Send + Sync>> {
        let allowed = self.settings.limit.saturating_sub(self.settings.spike);
        let held = self.held() + routes;
        if held < allowed { Ok(()) } else { Err(Arc::new(TooMuch { held, allowed })) }
    }
}

impl Limiter {
    /// Bytes held, but for what the intake remembers.
    #[must_use]
    pub fn held(&self) -> usize {
        let budgets: usize = self.budgets.iter().map(Budget::used).sum();
        let shards: usize = self.shards.iter().map(|shard| shard.memory.load(Ordering::Relaxed)).sum();
        let deciders: usize = self.deciders.iter().map(|decider| decider.memory.load(Ordering::Relaxed)).sum();
        budgets + shards + deciders
    }
}
