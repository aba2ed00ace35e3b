//! `alluvium:processor@0.1.0-draft`.

mod bindings;
mod from_wit;
mod host;
mod to_wit;

use std::sync::Arc;

use clock::UnixNanos;
use model::columns::{ExponentialHistograms, Histograms, NumberRevision, Numbers, Revision, VariableCells};
use model::{Needs, Problem, StreamDescription, Verdict};
use wasmtime::component::{Component, HasSelf, Instance, InstancePre};
use wasmtime::{Result, Store};

use bindings::exports::alluvium::processor::{
    configure, process_exponential_histograms as exponential, process_histograms as histograms,
    process_numbers as numbers, shape,
};

use crate::check::Abilities;
use crate::error::Answer;
use crate::instance::State;
use crate::interface::{Calls, Exports, Version};

const PACKAGE: &str = "alluvium:processor@0.1.0-draft";

pub(crate) const VERSION: Version = Version {
    package: PACKAGE,
    link: |linker| bindings::alluvium::processor::host::add_to_linker::<_, HasSelf<_>>(linker, |state| state),
    prepare,
};

/// What a component exports, by index.
struct Found {
    configure: configure::GuestIndices,
    shape: Option<shape::GuestIndices>,
    numbers: Option<numbers::GuestIndices>,
    histograms: Option<histograms::GuestIndices>,
    exponential: Option<exponential::GuestIndices>,
}

fn prepare(component: &Component, pre: &InstancePre<State>) -> Result<Arc<dyn Exports>> {
    Ok(Arc::new(Found {
        configure: configure::GuestIndices::new(pre)?,
        shape: exported(component, "shape", || shape::GuestIndices::new(pre))?,
        numbers: exported(component, "process-numbers", || numbers::GuestIndices::new(pre))?,
        histograms: exported(component, "process-histograms", || histograms::GuestIndices::new(pre))?,
        exponential: exported(component, "process-exponential-histograms", || exponential::GuestIndices::new(pre))?,
    }))
}

/// One of the package's optional interfaces, if the component exports it.
fn exported<Indices>(
    component: &Component,
    interface: &str,
    find: impl FnOnce() -> Result<Indices>,
) -> Result<Option<Indices>> {
    let name = PACKAGE.replace('@', &format!("/{interface}@"));
    component.get_export_index(None, &name).is_some().then(find).transpose()
}

impl Exports for Found {
    fn bind(&self, store: &mut Store<State>, instance: &Instance) -> Result<Box<dyn Calls>> {
        Ok(Box::new(Bound {
            configure: self.configure.load(&mut *store, instance)?,
            shape: self.shape.as_ref().map(|own| own.load(&mut *store, instance)).transpose()?,
            numbers: self.numbers.as_ref().map(|own| own.load(&mut *store, instance)).transpose()?,
            histograms: self.histograms.as_ref().map(|own| own.load(&mut *store, instance)).transpose()?,
            exponential: self.exponential.as_ref().map(|own| own.load(&mut *store, instance)).transpose()?,
        }))
    }

    fn abilities(&self) -> Abilities {
        Abilities {
            shapes: self.shape.is_some(),
            numbers: self.numbers.is_some(),
            histograms: self.histograms.is_some(),
            exponential: self.exponential.is_some(),
        }
    }
}

/// The exports of an instance.
struct Bound {
    configure: configure::Guest,
    shape: Option<shape::Guest>,
    numbers: Option<numbers::Guest>,
    histograms: Option<histograms::Guest>,
    exponential: Option<exponential::Guest>,
}

/// The host asked for what the component does not export.
fn unable<T>() -> Answer<T> {
    Err(wasmtime::Error::msg("the guest does not process points of this kind"))
}

impl Calls for Bound {
    fn configure(&self, store: &mut Store<State>, settings: &str) -> Result<std::result::Result<Needs, Vec<Problem>>> {
        let answer = self.configure.call_configure(store, settings)?;
        Ok(answer.map(from_wit::needs).map_err(from_wit::problems))
    }

    fn shape(&self, store: &mut Store<State>, streams: &[StreamDescription]) -> Answer<Vec<Verdict>> {
        let Some(guest) = &self.shape else { return unable() };
        let streams: Vec<_> = streams.iter().map(to_wit::stream).collect();
        let answer = guest.call_shape(store, &streams)?;
        Ok(answer.map(from_wit::verdicts).map_err(from_wit::failure))
    }

    fn numbers(
        &self,
        store: &mut Store<State>,
        points: &mut Numbers,
        cells: &[u64],
        now: UnixNanos,
    ) -> Answer<NumberRevision> {
        let Some(guest) = &self.numbers else { return unable() };
        let columns = to_wit::numbers(std::mem::take(points));
        let answer = guest.call_process(store, &columns, cells, now.0);
        *points = from_wit::numbers(columns);
        Ok(answer?.map_err(from_wit::failure).and_then(from_wit::number_answer))
    }

    fn histograms(
        &self,
        store: &mut Store<State>,
        points: &mut Histograms,
        cells: &mut VariableCells,
        now: UnixNanos,
    ) -> Answer<Revision<Histograms>> {
        let Some(guest) = &self.histograms else { return unable() };
        let (columns, own) = (to_wit::histograms(std::mem::take(points)), to_wit::cells(std::mem::take(cells)));
        let answer = guest.call_process(store, &columns, &own, now.0);
        (*points, *cells) = (from_wit::histograms(columns), from_wit::cells(own));
        Ok(answer?.map(from_wit::histogram_revision).map_err(from_wit::failure))
    }

    fn exponential(
        &self,
        store: &mut Store<State>,
        points: &mut ExponentialHistograms,
        cells: &mut VariableCells,
        now: UnixNanos,
    ) -> Answer<Revision<ExponentialHistograms>> {
        let Some(guest) = &self.exponential else { return unable() };
        let (columns, own) = (to_wit::exponential(std::mem::take(points)), to_wit::cells(std::mem::take(cells)));
        let answer = guest.call_process(store, &columns, &own, now.0);
        (*points, *cells) = (from_wit::exponential(columns), from_wit::cells(own));
        Ok(answer?.map(from_wit::exponential_revision).map_err(from_wit::failure))
    }
}
