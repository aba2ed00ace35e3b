//! Routing keys are those of what a request says, however it is encoded: the same for its bytes and for what `prost` writes
//! after it has read them. A route that is remembered is the one that was found.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use otlp::key::Keyer;
use otlp::points::Points;
use prost::Message as _;
use ring::{Profile, Route, Router, RoutingKey};

fuzz_target!(|bytes: &[u8]| {
    let Some(points) = scan(bytes) else { return };
    let Ok(decoded) = ExportMetricsServiceRequest::decode(bytes) else { return };
    let again = decoded.encode_to_vec();
    let Some(again_points) = scan(&again) else { return };
    let attributes = RoutingKey::Attributes(vec!["a".to_owned(), "b".to_owned()]);
    for key in [RoutingKey::Stream, RoutingKey::Resource, RoutingKey::Service, RoutingKey::Metric, attributes] {
        for minor in [161, 162, 163] {
            let routed = |bytes, points| routes(&key, Profile::of_release(minor), bytes, points);
            let (Some(one), Some(other)) = (routed(bytes, &points), routed(&again, &again_points)) else { continue };
            assert_eq!(one.len(), other.len());
            for (one, other) in one.iter().zip(&other) {
                // Fields that nobody knows have a length, too.
                let is_long = [one, other].contains(&&Route::TooLong);
                assert!(one == other || is_long, "{key:?} of 0.{minor}: {one:?} and {other:?}");
            }
        }
    }
});

fn scan(bytes: &[u8]) -> Option<Points> {
    otlp::scan::scan(bytes, &Keyer::random(), &mut |_| true).ok()
}

/// The routes of all points, and of metrics, scopes and resources themselves; none if attributes are malformed.
fn routes(key: &RoutingKey, profile: Profile, bytes: &[u8], points: &Points) -> Option<Vec<Route>> {
    let router = Router::new(key.clone(), profile, 1 << 10);
    let mut walk = router.walk(bytes, points, 0);
    let mut routes = Vec::new();
    for point in &points.points {
        let route = walk.point(point).ok()?;
        assert_eq!(walk.point(point), Ok(route));
        routes.push(route);
    }
    for metric in 0..points.metrics.len() {
        routes.push(walk.metric(metric as u32).ok()?);
    }
    for scope in 0..points.scopes.len() {
        routes.push(walk.scope(scope as u32).ok()?);
    }
    for resource in 0..points.resources.len() {
        routes.push(walk.resource(resource as u32).ok()?);
    }
    Some(routes)
}
