//! What is known of a byte form: it costs no key again, and no memory.

use super::build::{request, scan, sum, texts};
use crate::profile::RingGeneration;
use crate::{Profile, Ring, Router, RoutingKey};

fn session(number: usize) -> Vec<u8> {
    let attributes = texts(&[("session.id", &format!("s-{number}")), ("model", "claude-opus-4"), ("type", "input")]);
    request(texts(&[("service.name", "claude-code")]), ("scope", "1", vec![]), sum("m", "u", 1, attributes))
}

fn allocations(action: impl FnOnce()) -> u64 {
    allocation_counter::measure(action).count_total
}

/// Scenario: points come that came before. Guarantee: finding their members allocates nothing; making their keys did.
#[test]
fn a_known_point_allocates_nothing() {
    let attributes = RoutingKey::Attributes(vec!["session.id".into()]);
    for key in [RoutingKey::Service, RoutingKey::Resource, RoutingKey::Metric, RoutingKey::Stream, attributes] {
        let requests: Vec<Vec<u8>> = (0..20).map(session).collect();
        let router = Router::new(key, Profile::default(), 1 << 10);
        let ring = Ring::new(Profile::default().ring, ["10.0.0.1:4317", "10.0.0.2:4317"]);
        let keyer = otlp::key::Keyer::random();
        let scanned: Vec<_> = requests
            .iter()
            .map(|request| otlp::scan::scan(request, &keyer, &mut |_| true).expect("a request"))
            .collect();
        let walk = || {
            for (request, points) in requests.iter().zip(&scanned) {
                let mut walk = router.walk(request, points, 0);
                for point in &points.points {
                    let Ok(crate::Route::To(position)) = walk.point(point) else { panic!("a route") };
                    assert!(ring.member(position).is_some());
                }
            }
        };
        assert!(allocations(walk) > 0, "keys are made with memory, or nothing is counted here");
        assert_eq!(allocations(walk), 0);
    }
}

/// Scenario: the memo is far too small. Guarantee: routes are the same.
#[test]
fn forgetting_changes_no_route() {
    let (small, large) = [1, 1 << 12].map(|forms| Router::new(RoutingKey::Stream, Profile::default(), forms)).into();
    for number in (0..300).chain(0..300) {
        let request = session(number);
        let points = scan(&request);
        let [of_small, of_large] =
            [&small, &large].map(|router: &Router| router.walk(&request, &points, 0).point(&points.points[0]));
        assert_eq!(of_small, of_large);
    }
}

/// Scenario: the list of workers changes. Guarantee: a position that is known says at once whose the point is now.
#[test]
fn a_change_of_the_ring_needs_no_key() {
    let request = session(1);
    let points = scan(&request);
    let router = Router::new(RoutingKey::Stream, Profile::default(), 16);
    let position = |request: &[u8]| match router.walk(request, &points, 0).point(&points.points[0]) {
        Ok(crate::Route::To(position)) => position,
        other => panic!("{other:?}"),
    };
    let before = position(&request);
    // Without the request's bytes: only the byte form is known.
    let known = position(&[]);
    assert_eq!(before, known);
    let names: Vec<String> = (0..10).map(|number| format!("w-{number}")).collect();
    let all = Ring::new(RingGeneration::C, &names);
    let own = &all.members()[all.member(known).expect("a member")];
    let others = Ring::new(RingGeneration::C, names.iter().filter(|name| ***name != **own));
    assert_ne!(&others.members()[others.member(known).expect("a member")], own);
}
