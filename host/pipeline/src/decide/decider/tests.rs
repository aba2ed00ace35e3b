//! In which order requests are served that have more new streams than one call takes.

use std::sync::{Arc, Mutex};

use budget::Budget;
use clock::{Clock, UnixNanos};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics};
use otlp::key::Keyer;
use otlp::scan;
use prost::Message as _;
use streams::describe::View;
use tokio::sync::oneshot;

use super::{Decided, Decider, Failed, Parts, Question, Request, STREAMS_PER_CALL};
use crate::context::RequestContext;
use crate::stage::{Decide, Decision, StageError};

/// Notes the name of the first metric of each call, and how many streams it was asked about.
#[derive(Clone, Default)]
struct Noting(Arc<Mutex<Vec<(String, usize)>>>);

impl Decide for Noting {
    fn decide(&mut self, views: &[View<'_>]) -> Result<Vec<Decision>, StageError> {
        let name = views.first().map(|view| view.name().to_owned()).unwrap_or_default();
        self.0.lock().unwrap().push((name, views.len()));
        Ok(vec![Decision::Pass; views.len()])
    }
}

fn decider(stage: &Noting, keyer: &Keyer) -> Decider {
    let parts = Parts {
        stages: vec![Box::new(stage.clone())],
        labels: Vec::new(),
        shards: 1,
        memo: 1 << 12,
        kept_bytes: 1 << 20,
        keyer: keyer.clone(),
        gauges: Arc::default(),
        clock: Clock::manual(UnixNanos(1)).0,
    };
    parts.build()
}

type Answer = oneshot::Receiver<Result<Vec<Decided>, Failed>>;

/// A request of so many streams of the gauge `name`, all of them new.
fn question(name: &str, streams: usize, keyer: &Keyer) -> (Question, Answer) {
    let point = |stream: usize| {
        let value = Some(AnyValue { value: Some(Value::StringValue(stream.to_string())) });
        let attribute = KeyValue { key: "stream".into(), value, ..KeyValue::default() };
        NumberDataPoint { attributes: vec![attribute], ..NumberDataPoint::default() }
    };
    let data = Some(Data::Gauge(Gauge { data_points: (0..streams).map(point).collect() }));
    let metrics = vec![Metric { name: name.into(), data, ..Metric::default() }];
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    let bytes = ExportMetricsServiceRequest { resource_metrics }.encode_to_vec();
    let mut places = scan::scan(&bytes, keyer, &mut |_| true).unwrap();
    let points = std::mem::take(&mut places.points);
    let reservation = Budget::new(0).empty_reservation();
    let request = Arc::new(Request { bytes: bytes.into(), places, context: RequestContext::default(), reservation });
    let (reply, answer) = oneshot::channel();
    let reservation = Budget::new(0).empty_reservation();
    (Question { request, points, again: false, reservation, reply }, answer)
}

/// Scenario: two requests with many new streams, and one with a few that comes last. Guarantee: each in turn gets one call;
/// who needs no more is answered then, whatever the others still need.
#[test]
fn requests_take_turns_a_call_each() {
    const CALL: usize = STREAMS_PER_CALL;
    let (stage, keyer) = (Noting::default(), Keyer::random());
    let mut decider = decider(&stage, &keyer);
    let sizes = [("a", 3 * CALL), ("b", 2 * CALL + 1), ("c", 7)];
    let (questions, mut answers): (Vec<_>, Vec<_>) =
        sizes.iter().map(|&(name, streams)| question(name, streams, &keyer)).unzip();
    questions.into_iter().for_each(|question| decider.begin(question));
    let mut answered = Vec::new();
    for turn in 1.. {
        decider.take_turn();
        assert_eq!(stage.0.lock().unwrap().len(), turn, "one call a turn");
        for ((name, streams), answer) in sizes.iter().zip(&mut answers) {
            if let Ok(decided) = answer.try_recv() {
                assert_eq!(decided.unwrap().len(), *streams);
                answered.push((*name, turn));
            }
        }
        if answered.len() == sizes.len() {
            break;
        }
    }
    let calls = [("a", CALL), ("b", CALL), ("c", 7), ("a", CALL), ("b", CALL), ("a", CALL), ("b", 1)];
    assert_eq!(*stage.0.lock().unwrap(), calls.map(|(name, streams)| (name.to_owned(), streams)));
    assert_eq!(answered, [("c", 3), ("a", 6), ("b", 7)]);
}
