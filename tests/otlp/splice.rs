//! Requests that are divided without being decoded, against requests that are decoded and regrouped.

use forward::splice::{self, Leaf, NOWHERE, Plan};
use otlp::key::Keyer;
use otlp::points::{Point, Points};
use otlp::scan::scan;
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message as _;

use super::generate;
use super::regroup::Request;

/// The slot of what has no points, if there are as many.
const EMPTY: u32 = 1;

/// A divided request: each part with its slot, its points and its bytes.
pub struct Spliced {
    pub parts: Vec<(u32, usize, Vec<u8>)>,
    pub slots: Vec<u32>,
}

/// Scans and divides a request; `slot` says where a point goes, by its number.
pub fn splice(bytes: &[u8], count: usize, most: usize, slot: impl Fn(usize) -> u32) -> Option<Spliced> {
    let mut places = scan(bytes, &Keyer::random(), &mut |_| true).ok()?;
    let points = std::mem::take(&mut places.points);
    let slots: Vec<u32> = (0..points.len()).map(slot).collect();
    let leaves = splice::leaves(&places, &points);
    let leaf_slot = |leaf: &Leaf| match leaf {
        Leaf::Point(point) => slots[*point as usize],
        _ => EMPTY.min(count as u32 - 1),
    };
    let leaf_slots: Vec<u32> = leaves.iter().map(leaf_slot).collect();
    let plan = splice::divide(bytes, (&places, &points), &leaves, &leaf_slots, count, most).expect("a scanned request");
    Some(Spliced { parts: parts(&plan, bytes, &places, &points), slots })
}

fn parts(plan: &Plan, bytes: &[u8], places: &Points, points: &[Point]) -> Vec<(u32, usize, Vec<u8>)> {
    let mut parts = Vec::new();
    for part in plan.parts() {
        let mut out = Vec::new();
        plan.write(part, bytes, places, points, &mut out);
        assert_eq!(out.len(), part.bytes, "the announced size");
        parts.push((part.slot, part.points, out));
    }
    parts
}

/// Requests with a field of a newer version in each message, where `unknown` says so.
fn request() -> impl Strategy<Value = Request> {
    (generate::request(), vec(any::<bool>(), 5)).prop_map(|(request, unknown)| {
        let mut request = Request::decode(&*request.encode_to_vec()).expect("the same fields");
        let field = |level: usize| unknown[level].then(|| vec![b'0' + level as u8; level * 40]);
        request.unknown = field(0);
        for resource in &mut request.resources {
            resource.unknown = field(1);
            for scope in &mut resource.scopes {
                scope.unknown = field(2);
                for metric in &mut scope.metrics {
                    metric.unknown = field(3);
                    metric.data().into_iter().for_each(|data| data.unknown = field(4));
                }
            }
        }
        request
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Scenario: points of a request go to several slots, or nowhere. Guarantee: each slot gets what decoding and regrouping
    /// gives it.
    #[test]
    fn divided_as_regrouped(request in request(), slots in vec(prop_oneof![4 => 0_u32..4, 1 => Just(NOWHERE)], 1..8)) {
        let bytes = request.encode_to_vec();
        let spliced = splice(&bytes, 4, usize::MAX, |point| slots[point % slots.len()]).expect("valid OTLP");
        for slot in 0..4 {
            let expected = request.regrouped(slot, &spliced.slots, slot == EMPTY);
            let of_slot: Vec<_> = spliced.parts.iter().filter(|part| part.0 == slot).collect();
            prop_assert!(of_slot.len() <= 1);
            match of_slot.first() {
                Some((_, points, bytes)) => {
                    prop_assert_eq!(*points, spliced.slots.iter().filter(|other| **other == slot).count());
                    prop_assert_eq!(Request::decode(&**bytes).expect("protobuf"), expected);
                }
                None => prop_assert_eq!(expected.resources, []),
            }
        }
    }

    /// Scenario: parts may not be large. Guarantee: none is, unless it has a single point; together they are the request.
    #[test]
    fn parts_are_bounded(request in request(), most in 0_usize..2_000) {
        let bytes = request.encode_to_vec();
        let spliced = splice(&bytes, 2, most, |point| point as u32 % 2).expect("valid OTLP");
        let mut flat = [Vec::new(), Vec::new()];
        for (slot, _, bytes) in &spliced.parts {
            let part = Request::decode(&**bytes).expect("protobuf").flat();
            prop_assert!(bytes.len() <= most || part.len() <= 1, "{} of {}", bytes.len(), most);
            flat[*slot as usize].extend(part);
        }
        for slot in 0..2 {
            let expected = request.regrouped(slot, &spliced.slots, slot == EMPTY).flat();
            prop_assert_eq!(&flat[slot as usize], &expected);
        }
    }
}

/// Scenario: all points of a request go to one slot. Guarantee: the request stays as it is, byte for byte.
#[test]
fn undivided_requests_stay() {
    // A request with a scope in front of its resource, as no encoder writes it.
    let bytes = [0x0A, 0x06, 0x12, 0x02, 0x12, 0x00, 0x0A, 0x00];
    let spliced = splice(&bytes, 1, usize::MAX, |_| 0).expect("valid OTLP");
    assert_eq!(spliced.parts, [(0, 0, bytes.to_vec())]);
}
