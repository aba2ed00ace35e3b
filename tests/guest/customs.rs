//! Answers about histograms that break a rule of the interface are found out, each by its rule.

use model::columns::{ExponentialHistograms, Histograms, Revision, VariableCells};
use wasm::check::{self, Call, Violation};

/// Two points of two rows.
const CALL: Call = Call { points: 2, rows: 2, words: 0, reasons: 1 };

fn no_cells() -> VariableCells {
    VariableCells { offsets: Vec::new(), words: Vec::new() }
}

fn answer() -> Revision<Histograms> {
    let points = Histograms {
        rows: vec![0, 1],
        flags: Vec::new(),
        starts: vec![1, 1],
        times: vec![2, 2],
        counts: vec![1, 2],
        sums: vec![0.0, 0.0],
        minima: vec![0.0, 0.0],
        maxima: vec![0.0, 0.0],
        presence: vec![0, 7],
        bound_offsets: vec![0, 1, 1],
        bounds: vec![1.0],
        bucket_offsets: vec![0, 2, 3],
        buckets: vec![1, 0, 2],
    };
    Revision { dropped: Vec::new(), reasons: Vec::new(), changed: true, points, cells: no_cells() }
}

fn refused(breaks: impl FnOnce(&mut Revision<Histograms>)) -> Violation {
    let mut revision = answer();
    breaks(&mut revision);
    check::explicit(revision, CALL).expect_err("a rule is broken")
}

#[test]
fn a_good_answer_passes() {
    let mut revision = answer();
    revision.cells = VariableCells { offsets: vec![0, 2, 3], words: vec![1, 2, 3] };
    (revision.dropped, revision.reasons) = (vec![0b10], vec![0]);
    assert!(check::explicit(revision, CALL).is_ok());
}

/// Columns that are said not to count are not looked at.
#[test]
fn unchanged_points_may_be_empty() {
    let mut revision = answer();
    revision.changed = false;
    revision.points.counts.clear();
    revision.points.bound_offsets.clear();
    assert!(check::explicit(revision, CALL).is_ok());
}

#[test]
fn lengths() {
    let length = |column, length, expected| Violation::Length { column, length, expected };
    assert_eq!(refused(|it| it.points.counts.truncate(1)), length("counts", 1, 2));
    assert_eq!(refused(|it| it.points.starts.push(1)), length("starts", 3, 2));
    assert_eq!(refused(|it| it.points.times.clear()), length("times", 0, 2));
    assert_eq!(refused(|it| it.points.sums.clear()), length("sums", 0, 2));
    assert_eq!(refused(|it| it.points.minima.clear()), length("minima", 0, 2));
    assert_eq!(refused(|it| it.points.maxima.clear()), length("maxima", 0, 2));
    assert_eq!(refused(|it| it.points.presence.clear()), length("presence", 0, 2));
    assert_eq!(refused(|it| it.points.flags.push(1)), length("flags", 1, 2));
    assert_eq!(refused(|it| it.points.bound_offsets.truncate(2)), length("bound-offsets", 2, 3));
    assert_eq!(refused(|it| it.points.bounds.push(1.0)), length("bound-offsets", 1, 2));
    assert_eq!(refused(|it| it.points.buckets.truncate(2)), length("bucket-offsets", 3, 2));
    assert_eq!(refused(|it| it.reasons.push(0)), length("reasons", 1, 0));
}

#[test]
fn ranges() {
    let range = |what, value, bound| Violation::Range { what, value, bound };
    assert_eq!(refused(|it| it.points.presence[0] = 8), range("presence", 8, 8));
    assert_eq!(refused(|it| it.points.bound_offsets[0] = 1), range("first offset", 1, 1));
    assert_eq!(refused(|it| (it.dropped, it.reasons) = (vec![1], vec![1])), range("drop reason", 1, 1));
    assert_eq!(refused(|it| it.dropped = vec![0b100]), range("dropped point", 2, 2));
}

#[test]
fn offsets_rise() {
    let falling = Violation::Falling { column: "bucket-offsets", offset: 1, before: 4 };
    assert_eq!(refused(|it| it.points.bucket_offsets = vec![0, 4, 1]), falling);
}

#[test]
fn cells() {
    let with = |offsets: &[u32], words: usize| {
        refused(|it| it.cells = VariableCells { offsets: offsets.to_vec(), words: vec![0; words] })
    };
    assert_eq!(with(&[], 1), Violation::Length { column: "words", length: 1, expected: 0 });
    assert_eq!(with(&[0, 1], 1), Violation::Length { column: "cells.offsets", length: 2, expected: 3 });
    assert_eq!(with(&[0, 2, 1], 2), Violation::Falling { column: "cells.offsets", offset: 1, before: 2 });
    assert_eq!(with(&[0, 513, 513], 513), Violation::Range { what: "words of a cell", value: 513, bound: 513 });
}

#[test]
fn exponential_columns() {
    let good = || ExponentialHistograms {
        rows: vec![0, 1],
        flags: Vec::new(),
        starts: vec![1, 1],
        times: vec![2, 2],
        counts: vec![1, 2],
        sums: vec![0.0, 0.0],
        minima: vec![0.0, 0.0],
        maxima: vec![0.0, 0.0],
        presence: vec![0, 0],
        scales: vec![0, 1],
        zero_counts: vec![0, 0],
        zero_thresholds: vec![0.0, 0.0],
        positive_starts: vec![0, 0],
        positive_offsets: vec![0, 1, 2],
        positive_buckets: vec![1, 2],
        negative_starts: vec![0, 0],
        negative_offsets: vec![0, 0, 0],
        negative_buckets: Vec::new(),
    };
    let judge = |points| {
        let revision = Revision { dropped: Vec::new(), reasons: Vec::new(), changed: true, points, cells: no_cells() };
        check::exponential(revision, CALL).map(|_| ())
    };
    let length = |column, length, expected| Err(Violation::Length { column, length, expected });
    assert_eq!(judge(good()), Ok(()));
    assert_eq!(judge(ExponentialHistograms { scales: vec![0], ..good() }), length("scales", 1, 2));
    assert_eq!(judge(ExponentialHistograms { zero_counts: vec![0], ..good() }), length("zero-counts", 1, 2));
    assert_eq!(judge(ExponentialHistograms { zero_thresholds: vec![], ..good() }), length("zero-thresholds", 0, 2));
    assert_eq!(judge(ExponentialHistograms { positive_starts: vec![0], ..good() }), length("positive-starts", 1, 2));
    assert_eq!(judge(ExponentialHistograms { negative_starts: vec![0], ..good() }), length("negative-starts", 1, 2));
    assert_eq!(judge(ExponentialHistograms { positive_buckets: vec![1], ..good() }), length("positive-offsets", 2, 1));
    assert_eq!(judge(ExponentialHistograms { negative_offsets: vec![0], ..good() }), length("negative-offsets", 1, 3));
}
