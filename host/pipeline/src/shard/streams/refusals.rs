//! Streams that were not taken in: for how long that holds, and when they are asked about again.

use super::Streams;
use super::register::Planned;
use crate::drops::{self, Reason};
use crate::shard::outside::{Outside, is_so};
use crate::shard::refusal::{Holds, Refusal};
use otlp::key::FormKey;

impl Streams {
    /// Why the stream of `key` is refused, if it was, and nothing has happened that could change that.
    pub(super) fn refusal(&self, key: FormKey, outside: &mut dyn Outside) -> Option<Reason> {
        match Holds::of_note(self.refused.get(key)?) {
            Holds::Stays(reason) => Some(reason).filter(|&reason| !self.has_room_again(reason, outside)),
            Holds::Waits { stage, output } => {
                let limits = self.stages.get(usize::from(stage))?.limits();
                let waits = !is_so(outside, || limits.streams.has_room()) && !self.outputs_made.since(output);
                waits.then_some(limits.reason)
            }
        }
    }

    /// Remembers a refusal, if it holds. What is not remembered is found out again with the next point.
    pub(super) fn refuse(&mut self, key: FormKey, refusal: Refusal) {
        if let Some(holds) = refusal.holds {
            let _ = self.refused.insert(key, holds.to_note());
        }
    }

    /// Whether streams that were refused for `reason`, a limit, can be taken in by now. Limits hold over all shards.
    fn has_room_again(&self, reason: Reason, outside: &mut dyn Outside) -> bool {
        if reason == drops::HOST_LIMIT {
            return is_so(outside, || self.host_limit.has_room());
        }
        let limiting = self.stages.iter().map(|stage| stage.limits()).find(|limits| limits.reason == reason);
        limiting.is_some_and(|limits| is_so(outside, || limits.streams.has_room()))
    }

    /// How long a stream is refused for `reason`.
    pub(super) fn holds(&mut self, reason: Reason, planned: Planned<'_>) -> Option<Holds> {
        if reason == drops::OUT_OF_MEMORY {
            return None;
        }
        let full = self.stages.iter().position(|stage| stage.limits().reason == reason);
        // An output that another stream makes has room for this one, whatever the limit of the stage says.
        let waits = full.filter(|_| planned.plan.adds_up).map(|stage| {
            let output = self.outputs_made.wait_for(self.table.descriptions.view(planned.described));
            Holds::Waits { stage: stage as u8, output }
        });
        Some(waits.unwrap_or(Holds::Stays(reason)))
    }
}
