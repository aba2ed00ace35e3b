//! What a point costs on its way through a gateway.

use std::sync::Arc;

use allocation_counter::measure;
use budget::Budget;
use clock::{Clock, UnixNanos};
use delivery::{Attempt, Outcome, Retry};
use forward::batch::Batch;
use forward::destination::Counts;
use forward::forwarder::{Connect, Forwarder, Leg};
use forward::keeper::{Keeper, Members};
use forward::settings::{Filling, Queue, Settings};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum};
use otlp::key::Keyer;
use pipeline::context::RequestContext;
use pipeline::intake::forward::Forward as _;
use pipeline::request::Request;
use prost::Message as _;
use routing::profile::RingGeneration;
use routing::{Profile, Ring, Router, RoutingKey};

use super::route::ByRing;

/// Takes everything.
struct Anybody;

impl Connect for Anybody {
    type Client = Self;

    fn client(&self, _: &str, _: &Arc<Counts>) -> Self {
        Self
    }
}

impl Attempt for Anybody {
    type Item = Batch;
    type Pieces = Batch;
    type Error = std::fmt::Error;

    async fn attempt(&self, _: &Batch) -> Outcome<std::fmt::Error> {
        Outcome::Delivered
    }
}

fn request(points: usize) -> Request {
    let attribute = |number: usize| KeyValue {
        key: "session.id".into(),
        value: Some(AnyValue { value: Some(Value::IntValue(number as i64)) }),
        ..KeyValue::default()
    };
    let point = |number| NumberDataPoint { attributes: vec![attribute(number)], ..NumberDataPoint::default() };
    let sum = Sum { data_points: (0..points).map(point).collect(), ..Sum::default() };
    let metric = Metric { name: "m".into(), data: Some(Data::Sum(sum)), ..Metric::default() };
    let scope_metrics = vec![ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    let bytes = ExportMetricsServiceRequest { resource_metrics }.encode_to_vec().into();
    let reservation = Budget::new(0).empty_reservation();
    Request { bytes, places: otlp::points::Points::default(), context: RequestContext::default(), reservation }
}

/// Scenario: a request of known points goes to three workers. Guarantee: scan, route, division and copy allocate as often for
/// 8,000 points as for 4,000, but for one growth of a table or two.
#[tokio::test]
async fn a_known_point_allocates_nothing() {
    const WIDE: usize = 1 << 30;
    let (clock, _hand) = Clock::manual(UnixNanos(1));
    let keyer = Keyer::random();
    let settings = Settings {
        exporter: "test".into(),
        filling: Filling::default(),
        queue: Queue { lanes: 2, batches: 100, bytes: WIDE, total_bytes: WIDE },
        retry: Retry::default(),
    };
    let forwarder = Forwarder::new(settings, Anybody, clock.clone(), keyer.clone());
    let ring = Ring::new(RingGeneration::C, ["a", "b", "c"]);
    let endpoints = ring.members().iter().map(|name| name.to_string()).collect();
    let router = Arc::new(Router::new(RoutingKey::Stream, Profile::NEWEST, 1 << 16));
    let mut keeper = Keeper::new(Arc::clone(&forwarder));
    keeper.change(Members { endpoints, route: Arc::new(ByRing { ring, router, lanes: 2, clock }) });
    let leg = Leg(forwarder);
    let in_flight = Budget::new(WIDE);
    let take = |mut request: Request| {
        let counted = measure(|| {
            let mut places = otlp::scan::scan(&request.bytes, &keyer, &mut |_| true).expect("valid OTLP");
            let points = std::mem::take(&mut places.points);
            request.places = places;
            let divided = leg.prepare(&request, &points, &in_flight).expect("room");
            assert_eq!(divided.commit(&request, &points).total(), 0);
        });
        counted.count_total
    };
    // The second time, all are known, and the lanes have memory.
    let unknown = take(request(8_000));
    assert!(unknown > 0, "tables are made with memory, or nothing is counted here");
    let (few, many) = (take(request(4_000)), take(request(8_000)));
    assert!(many.abs_diff(few) <= 16, "{few} for 4,000 points, {many} for 8,000");
}
