//! Calls with points that are no numbers, whose cells have no fixed size: what those of all kinds have in common.

use std::sync::atomic::Ordering;

use super::selection::Selection;
use super::{GuestStage, drop_points};
use clock::UnixNanos;
use model::Kind;
use model::columns::VariableCells;
use pipeline::batch::Batch;
use pipeline::drops::Reason;
use streams::OutputStream;
use wasm::check::Call;
use wasm::{GuestError, Instance};

/// What a guest answers, checked.
pub(super) struct Answer<Points> {
    pub dropped: Vec<u64>,
    pub reasons: Vec<u32>,
    /// The points as they come out; none if they go on as they were.
    pub points: Option<Points>,
    pub cells: VariableCells,
}

/// How points of one kind become columns, and the other way round.
pub(super) struct Columns<Points> {
    pub kind: Kind,
    /// The chosen points as columns.
    pub ask: fn(&Batch, &Selection) -> Points,
    /// Cuts times that are too far in the future (beyond a bound), and says how many were.
    pub limit: fn(&mut Points, UnixNanos) -> u64,
    /// Puts points back where they were chosen.
    pub apply: fn(&mut Batch, &Selection, &Points),
}

impl GuestStage {
    /// One call with the points of a kind whose streams the stage `processes`, if there are any.
    pub(super) fn process_variable<Points>(
        &mut self,
        batch: &mut Batch,
        latest: UnixNanos,
        columns: &Columns<Points>,
        processes: &dyn Fn(OutputStream) -> bool,
        call_guest: impl Fn(&mut Instance, &mut Points, &mut VariableCells, Call) -> Result<Answer<Points>, GuestError>,
        dropped: &mut dyn FnMut(usize, Reason),
    ) -> Result<(), GuestError> {
        self.selection.choose(batch, Some(columns.kind), processes);
        if self.selection.points.is_empty() {
            return Ok(());
        }
        let VariableCells { offsets, words } = &mut self.gathered_variable;
        self.variable.gather(&self.selection.streams, offsets, words);
        let mut question = (columns.ask)(batch, &self.selection);
        let call = self.call(self.selection.points.len(), self.selection.streams.len());
        let cells = &mut self.gathered_variable;
        let answer = self.calls.call(|instance, _| call_guest(instance, &mut question, cells, call))?;
        let health = &self.calls.processor.health;
        health.points.fetch_add(call.points as u64, Ordering::Relaxed);
        self.changes.variable.push((self.selection.streams.clone(), answer.cells));
        let points = Some(&*self.selection.points);
        drop_points(&answer.dropped, &answer.reasons, points, batch.parts().alive, |point, reason| {
            dropped(point, self.calls.processor.reason(reason));
        });
        if let Some(mut points) = answer.points {
            health.future.fetch_add((columns.limit)(&mut points, latest), Ordering::Relaxed);
            (columns.apply)(batch, &self.selection, &points);
        }
        Ok(())
    }
}
