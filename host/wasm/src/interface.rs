//! A version of the interface between host and guests, as the rest of this crate sees it. Each version has a folder and a
//! row in [`VERSIONS`]; its generated types stay in its folder.

use std::sync::Arc;

use clock::UnixNanos;
use model::columns::{ExponentialHistograms, Histograms, NumberRevision, Numbers, Revision, VariableCells};
use model::{Needs, Problem, StreamDescription, Verdict};
use wasmtime::component::{Component, Instance, InstancePre, Linker};
use wasmtime::{Result, Store};

use crate::check::Abilities;
use crate::error::Answer;
use crate::instance::State;
use crate::v0_1;

/// Finds what a component exports.
type Prepare = fn(&Component, &InstancePre<State>) -> Result<Arc<dyn Exports>>;

/// A version of the interface.
pub(crate) struct Version {
    /// The WIT package.
    pub package: &'static str,
    /// Offers the package's imports to guests.
    pub link: fn(&mut Linker<State>) -> Result<()>,
    /// Finds what a component exports; an error says what it lacks.
    pub prepare: Prepare,
}

/// All versions that this host speaks, the newest first.
pub(crate) const VERSIONS: &[Version] = &[v0_1::VERSION];

/// What a compiled component exports.
pub(crate) trait Exports: Send + Sync {
    /// Binds the exports to an instance.
    fn bind(&self, store: &mut Store<State>, instance: &Instance) -> Result<Box<dyn Calls>>;

    /// Which optional interfaces there are.
    fn abilities(&self) -> Abilities;
}

/// Calls of an instance. Vectors are moved, not copied; `points` come back as they were. An ability that the component
/// does not have is never called.
pub(crate) trait Calls: Send {
    /// Configures it.
    fn configure(&self, store: &mut Store<State>, settings: &str) -> Result<Result<Needs, Vec<Problem>>>;

    /// Decides about streams.
    fn shape(&self, store: &mut Store<State>, streams: &[StreamDescription]) -> Answer<Vec<Verdict>>;

    /// Processes sums and gauges.
    fn numbers(
        &self,
        store: &mut Store<State>,
        points: &mut Numbers,
        cells: &[u64],
        now: UnixNanos,
    ) -> Answer<NumberRevision>;

    /// Processes histograms with explicit bounds.
    fn histograms(
        &self,
        store: &mut Store<State>,
        points: &mut Histograms,
        cells: &mut VariableCells,
        now: UnixNanos,
    ) -> Answer<Revision<Histograms>>;

    /// Processes exponential histograms.
    fn exponential(
        &self,
        store: &mut Store<State>,
        points: &mut ExponentialHistograms,
        cells: &mut VariableCells,
        now: UnixNanos,
    ) -> Answer<Revision<ExponentialHistograms>>;
}
