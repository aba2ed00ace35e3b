//! Who the points of a job belong to: nearly all streams are in the memo; the others are identified by their descriptions, and
//! taken in if they are new.

use super::Streams;
use crate::decide::plan::Plan;
use crate::drops::{self, Reason};
use crate::shard::job::Job;
use crate::shard::outside::Outside;
use crate::shard::refusal::Refusal;
use clock::Moment;
use otlp::key::FormKey;
use otlp::wire::Malformed;
use streams::InputStream;
use streams::describe::{Context, Identity, WireDescription};
use streams::table::Table;

/// What came of looking up the streams of a job.
#[derive(Debug, PartialEq, Eq)]
pub enum Resolved {
    /// All are found, taken in or refused.
    All,
    /// Nothing has changed, since nothing was decided about the streams of points with these indexes.
    Unplanned(Vec<u32>),
}

/// The identity of a point's stream, and its plan.
type Found<'j> = (Option<Identity>, Option<&'j Plan>);

impl Streams {
    /// Finds the input stream of each point of a job, or a reason why it has none. The memo knows nearly all; the others are
    /// checked, all of them, before the first is taken in.
    ///
    /// # Errors
    /// [`Malformed`]; no point of the request may be processed.
    pub fn resolve(
        &mut self,
        job: &Job,
        streams: &mut Vec<Result<InputStream, Reason>>,
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<Resolved, Malformed> {
        let points = &job.points;
        let mut unknown = std::mem::take(&mut self.unknown);
        unknown.clear();
        streams.clear();
        for (index, point) in points.iter().enumerate() {
            if let Some(later) = points.get(index + Table::AHEAD) {
                self.table.prefetch_key(later.key);
            }
            match self.table.find(point.key) {
                Some(stream) => streams.push(Ok(stream)),
                None => match self.refusal(point.key, outside) {
                    Some(reason) => streams.push(Err(reason)),
                    None => {
                        unknown.push(index as u32);
                        streams.push(Err(drops::OUT_OF_MEMORY));
                    }
                },
            }
        }
        let resolved = if unknown.is_empty() {
            Ok(Resolved::All)
        } else {
            self.resolve_unknown(&unknown, job, streams, outside, now)
        };
        self.unknown = unknown;
        resolved
    }

    /// Points of the last request that [`Self::resolve`] looked up by their descriptions.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.unknown.len()
    }

    #[cold]
    fn resolve_unknown(
        &mut self,
        unknown: &[u32],
        job: &Job,
        streams: &mut [Result<InputStream, Reason>],
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<Resolved, Malformed> {
        if !job.prepared {
            return Ok(Resolved::Unplanned(unknown.to_vec()));
        }
        let found = self.identify(unknown, job)?;
        let is_unplanned = |&(identity, plan): &Found<'_>| {
            plan.is_none() && identity.is_none_or(|identity| !self.table.is_alive(InputStream::of(identity)))
        };
        let pairs = unknown.iter().zip(&found);
        let unplanned: Vec<u32> = pairs.filter(|(_, found)| is_unplanned(found)).map(|(&index, _)| index).collect();
        if !unplanned.is_empty() {
            found.iter().for_each(|&(identity, _)| self.release(identity));
            return Ok(Resolved::Unplanned(unplanned));
        }
        for (&index, (identity, plan)) in unknown.iter().zip(found) {
            let index = index as usize;
            streams[index] = self.take_in(job.points[index].key, identity, plan, outside, now);
        }
        Ok(Resolved::All)
    }

    /// The identity of each unknown point, with a use of it, and its plan if there is one. No identity: its points are dropped
    /// whoever it is. A plan has its description ready.
    fn identify<'j>(&mut self, unknown: &[u32], job: &'j Job) -> Result<Vec<Found<'j>>, Malformed> {
        let Job { request, points, .. } = job;
        let mut found = Vec::with_capacity(unknown.len());
        let mut context = Context::default();
        let descriptions = &mut self.table.descriptions;
        let identified = unknown.iter().try_for_each(|&index| -> Result<(), Malformed> {
            let point = &points[index as usize];
            let plan = job.plan(point.key);
            let identity = match plan {
                Some(Plan::Take(plan)) => Some(descriptions.adopt(&plan.sent)),
                Some(Plan::Drop(_)) => None,
                None => {
                    let written = WireDescription::of(point, &request.places, &request.bytes);
                    descriptions.identify(&written, &mut context)?
                }
            };
            found.push((identity, plan));
            Ok(())
        });
        descriptions.release_context(context);
        if let Err(malformed) = identified {
            found.into_iter().for_each(|(identity, _)| self.release(identity));
            return Err(malformed);
        }
        Ok(found)
    }

    fn release(&mut self, identity: Option<Identity>) {
        if let Some(identity) = identity {
            self.table.descriptions.release(identity);
        }
    }

    /// Takes one use of `identity`, or gives it back. The stream is known, or there is a plan.
    fn take_in(
        &mut self,
        key: FormKey,
        identity: Option<Identity>,
        plan: Option<&Plan>,
        outside: &mut dyn Outside,
        now: Moment,
    ) -> Result<InputStream, Reason> {
        // An earlier point of the same request may have been refused.
        if let Some(reason) = self.refusal(key, outside) {
            self.release(identity);
            return Err(reason);
        }
        let refused = match (identity, plan) {
            // Another byte form of a stream that is known, or an earlier point of the same request.
            (Some(identity), _) if self.table.is_alive(InputStream::of(identity)) => {
                self.table.descriptions.release(identity);
                None
            }
            (Some(identity), Some(Plan::Take(plan))) => {
                self.register(InputStream::of(identity), plan, outside, now).err()
            }
            (_, Some(Plan::Drop(reason))) => Some(Refusal::stays(*reason)),
            (None, _) => Some(Refusal::stays(drops::TOO_LONG)),
            (Some(_), None) => Some(Refusal { reason: drops::OUT_OF_MEMORY, holds: None }),
        };
        if let Some(refusal) = refused {
            self.release(identity);
            self.refuse(key, refusal);
            return Err(refusal.reason);
        }
        let Some(input) = identity.map(InputStream::of) else { return Err(drops::TOO_LONG) };
        // A form that is not remembered is resolved again with the next point.
        let _ = self.table.remember(key, input);
        Ok(input)
    }
}
