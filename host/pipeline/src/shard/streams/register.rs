//! A stream that is new: it is counted against every limit, described to the exporters and given its cells, or leaves
//! everything as it was.

use std::io;

use super::Streams;
use crate::decide::plan::{Seed, StreamPlan};
use crate::drops::{self, Reason};
use crate::shard::outside::{Outside, is_so};
use crate::shard::refusal::Refusal;
use clock::Moment;
use streams::describe::Identity;
use streams::{InputStream, OutputStream};

/// An output stream that an input stream is to have.
#[derive(Debug, Clone, Copy)]
struct Target {
    stream: OutputStream,
    /// The number of what its cells begin with, if it may have several inputs.
    seeds: Option<u32>,
}

/// A stream that is to be taken in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned<'p> {
    /// The identity of its description behind the stages.
    pub described: Identity,
    pub plan: &'p StreamPlan,
}

/// How an input stream came to its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is the first.
    Made,
    /// The output had inputs.
    Joined,
}

impl Streams {
    /// Takes in an input stream that is new, with what it needs beside its own entry: an output stream, which it may share.
    pub(super) fn register(
        &mut self,
        input: InputStream,
        plan: &StreamPlan,
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<(), Refusal> {
        let descriptions = &mut self.table.descriptions;
        let described = match &plan.shaped {
            Some(shaped) => descriptions.adopt(shaped),
            None => {
                descriptions.share(input.identity());
                input.identity()
            }
        };
        let planned = Planned { described, plan };
        let target = self.target_of(input, planned);
        let settled = self.settle(input, target, planned, outside, now);
        let refused = settled.map_err(|reason| Refusal { reason, holds: self.holds(reason, planned) });
        // What the table has not taken over is given back.
        if refused.is_err() || target.stream == input.own_output() {
            self.table.descriptions.release(target.stream.identity());
        }
        if let Some(seeds) = target.seeds.filter(|_| refused != Ok(Place::Made)) {
            self.table.release_seeds(seeds);
        }
        self.table.descriptions.release(described);
        refused.map(drop)
    }

    /// The output of a stream, with one use of its number and of its seeds. Streams whose state adds up have one together when
    /// they come out as one, if their cells begin alike. All others have their own, and meet where they are written, each
    /// with its latest value.
    fn target_of(&mut self, input: InputStream, planned: Planned<'_>) -> Target {
        let table = &mut self.table;
        if planned.plan.adds_up
            && let Some(seeds) = table.take_seeds(&planned.plan.seed_bytes())
        {
            let stream = OutputStream::of(planned.described);
            let (decisions, traits) = (planned.plan.decisions, planned.plan.traits);
            if !table.is_output(stream) || table.output(stream).takes(decisions, traits, seeds) {
                table.descriptions.share(stream.identity());
                return Target { stream, seeds: Some(seeds) };
            }
            table.release_seeds(seeds);
        }
        // Others, which come out as this stream was sent, may have an output of its number.
        let stream = input.own_output();
        if table.is_output(stream) {
            return Target { stream: OutputStream::of(table.descriptions.take_alias(input.identity())), seeds: None };
        }
        table.descriptions.share(stream.identity());
        Target { stream, seeds: None }
    }

    /// Counts a stream against all limits and gives it its places, or leaves everything as it was.
    fn settle(
        &mut self,
        input: InputStream,
        target: Target,
        planned: Planned<'_>,
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<Place, Reason> {
        // An input stream that has left its output takes its place among the host's streams for as long as it is known.
        let counted = self.table.is_retired(input);
        if !counted && !is_so(outside, || self.host_limit.join()) {
            return Err(drops::HOST_LIMIT);
        }
        let settled = self.place(target, planned, outside).and_then(|place| {
            let inserted = self.table.insert(input, target.stream, now.monotonic.to_seconds());
            if inserted.is_err() && place == Place::Made {
                self.abandon(target.stream, planned);
            }
            inserted.map(|()| place).map_err(|_| drops::OUT_OF_MEMORY)
        });
        if settled.is_err() && !counted {
            self.host_limit.leave();
        }
        settled
    }

    /// Makes an output stream, if it does not exist.
    fn place(&mut self, target: Target, planned: Planned<'_>, outside: &mut dyn Outside) -> Result<Place, Reason> {
        if self.table.is_output(target.stream) {
            return Ok(Place::Joined);
        }
        let mut joined = 0;
        let counted = planned.plan.seeds.iter().try_for_each(|&(index, _)| {
            let limits = self.stages[index].limits();
            let budget = is_so(outside, || limits.streams.join());
            joined += usize::from(budget);
            if budget { Ok(()) } else { Err(limits.reason) }
        });
        if let Err(reason) = counted.and_then(|()| self.describe(target.stream, planned)) {
            self.leave(&planned.plan.seeds[..joined]);
            return Err(reason);
        }
        if self.make(target, planned).is_err() {
            self.abandon(target.stream, planned);
            return Err(drops::OUT_OF_MEMORY);
        }
        if target.seeds.is_some() {
            self.outputs_made.add(self.table.descriptions.view(planned.described));
        }
        Ok(Place::Made)
    }

    /// Undoes all of [`Self::place`].
    fn abandon(&mut self, stream: OutputStream, planned: Planned<'_>) {
        self.outputs.iter_mut().for_each(|output| output.forget(stream));
        for &(index, _) in &planned.plan.seeds {
            self.stages[index].evict(stream);
        }
        self.leave(&planned.plan.seeds);
    }

    /// Takes an output stream out of the limits of the stages that hold its cells.
    fn leave(&self, cells: &[Seed]) {
        for &(index, _) in cells {
            self.stages[index].limits().streams.leave();
        }
    }

    /// Describes an output stream to all exporters, or to none.
    fn describe(&mut self, stream: OutputStream, planned: Planned<'_>) -> Result<(), Reason> {
        let view = self.table.descriptions.view(planned.described).with_traits(planned.plan.traits);
        for index in 0..self.outputs.len() {
            let Some(labels) = planned.plan.labels.get(index) else { break };
            if let Err(reason) = self.outputs[index].describe(stream, view, planned.plan.origin, labels) {
                self.outputs[..index].iter_mut().for_each(|output| output.forget(stream));
                return Err(reason);
            }
        }
        Ok(())
    }

    /// Gives an output stream its cells and its entry.
    fn make(&mut self, target: Target, planned: Planned<'_>) -> io::Result<()> {
        for (index, seed) in &planned.plan.seeds {
            self.stages[*index].register(target.stream, planned.plan.traits.kind, seed)?;
        }
        self.table.insert_output(target.stream, planned.plan.decisions, planned.plan.traits, target.seeds)
    }
}
