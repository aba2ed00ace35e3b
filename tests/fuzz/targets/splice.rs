//! A request divided without being decoded is the request decoded and regrouped.
#![no_main]

use forward::splice::{self, Leaf};
use libfuzzer_sys::fuzz_target;
use otlp::key::Keyer;
use otlp::scan::scan;
use prost::Message as _;

#[path = "../../otlp/regroup.rs"]
mod regroup;

use regroup::Request;

/// Slots, and the bytes of a part: few enough for most requests to be cut.
const SLOTS: u32 = 3;
const MOST: usize = 512;

/// Where goes what has no points.
const EMPTY: u32 = 1;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut places) = scan(bytes, &Keyer::random(), &mut |_| true) else { return };
    let Ok(request) = Request::decode(bytes) else { return };
    let points = std::mem::take(&mut places.points);
    // By what is in a point, so that the same input is divided in the same way.
    let slots: Vec<u32> = points.iter().map(|point| point.place.len() as u32 % SLOTS).collect();
    let leaves = splice::leaves(&places, &points);
    let leaf_slot = |leaf: &Leaf| if let Leaf::Point(point) = leaf { slots[*point as usize] } else { EMPTY };
    let leaf_slots: Vec<u32> = leaves.iter().map(leaf_slot).collect();
    for most in [MOST, usize::MAX] {
        let plan = splice::divide(bytes, (&places, &points), &leaves, &leaf_slots, SLOTS as usize, most);
        let plan = plan.expect("a scanned request");
        let mut flat = vec![Vec::new(); SLOTS as usize];
        for part in plan.parts() {
            let mut out = Vec::new();
            plan.write(part, bytes, &places, &points, &mut out);
            assert_eq!(out.len(), part.bytes);
            let part_request = Request::decode(&*out).expect("protobuf");
            let mut leaves = part_request.flat();
            assert!(out.len() <= most || leaves.len() <= 1);
            flat[part.slot as usize].append(&mut leaves);
        }
        for (slot, flat) in flat.iter().enumerate() {
            assert_eq!(*flat, request.regrouped(slot as u32, &slots, slot as u32 == EMPTY).flat());
        }
    }
});
