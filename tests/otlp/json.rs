//! OTLP/JSON means what the same request means in protobuf.

use budget::Budget;
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint};
use otlp::error::BodyError;
use otlp::json;
use proptest::prelude::*;
use prost::Message as _;

use super::generate::request;
use super::to_json::{Style, to_json};

const LIMIT: usize = 20 << 20;

fn decode(json: impl Into<Bytes>) -> Result<ExportMetricsServiceRequest, BodyError> {
    let mut reservation = Budget::new(usize::MAX).empty_reservation();
    let bytes = json::decode(json.into(), LIMIT, &mut reservation)?;
    assert!(reservation.bytes() >= bytes.len());
    Ok(ExportMetricsServiceRequest::decode(bytes).expect("protobuf"))
}

/// The request of one metric.
fn metric(json: &str) -> Result<Metric, BodyError> {
    let mut request = decode(format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{json}]}}]}}]}}"#))?;
    Ok(request.resource_metrics.remove(0).scope_metrics.remove(0).metrics.remove(0))
}

/// The first point of a sum.
fn point(json: &str) -> Result<NumberDataPoint, BodyError> {
    match metric(&format!(r#"{{"sum":{{"dataPoints":[{json}]}}}}"#))?.data {
        Some(Data::Sum(mut sum)) => Ok(sum.data_points.remove(0)),
        other => panic!("{other:?}"),
    }
}

fn value(json: &str) -> Result<Option<Value>, BodyError> {
    let point = point(&format!(r#"{{"attributes":[{{"key":"k","value":{json}}}]}}"#))?;
    Ok(point.attributes[0].value.clone().and_then(|value| value.value))
}

/// As the JavaScript SDK writes it: times as text, integers as numbers, temporality by number, no flags.
#[test]
fn of_the_javascript_sdk() {
    let request = decode(
        r#"{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"claude-code"}}],
        "droppedAttributesCount":0},"scopeMetrics":[{"scope":{"name":"com.anthropic.claude_code","version":"2.1.212"},
        "metrics":[{"name":"claude_code.token.usage","description":"","unit":"tokens","sum":{"dataPoints":[{
        "attributes":[{"key":"type","value":{"stringValue":"input"}},{"key":"n","value":{"intValue":7}}],
        "startTimeUnixNano":"1790000000001000000","timeUnixNano":"1790000060001000000","asDouble":1234.5}],
        "aggregationTemporality":1,"isMonotonic":true}}]}]}]}"#,
    )
    .expect("valid");
    let resource = &request.resource_metrics[0];
    assert_eq!(resource.resource.as_ref().expect("a resource").attributes[0].key, "service.name");
    let scope = &resource.scope_metrics[0];
    assert_eq!(scope.scope.as_ref().expect("a scope").version, "2.1.212");
    assert_eq!((scope.metrics[0].name.as_str(), scope.metrics[0].unit.as_str()), ("claude_code.token.usage", "tokens"));
    let Some(Data::Sum(sum)) = &scope.metrics[0].data else { panic!("{:?}", scope.metrics) };
    assert_eq!((sum.aggregation_temporality, sum.is_monotonic), (1, true));
    let point = &sum.data_points[0];
    assert_eq!(
        (point.start_time_unix_nano, point.time_unix_nano),
        (1_790_000_000_001_000_000, 1_790_000_060_001_000_000)
    );
    assert_eq!(point.value, Some(Number::AsDouble(1234.5)));
    assert_eq!(point.attributes[1].value.as_ref().expect("a value").value, Some(Value::IntValue(7)));
}

/// The rules of OTLP's JSON encoding, and of protobuf's, on which it stands.
#[test]
fn rules_of_numbers() {
    let number = |json: &str| point(&format!("{{{json}}}")).expect(json).value;
    for json in [r#""asInt":"-9223372036854775808""#, r#""asInt":-9223372036854775808"#] {
        assert_eq!(number(json), Some(Number::AsInt(i64::MIN)), "{json}");
    }
    for json in [r#""asInt":1e3"#, r#""asInt":1000.0"#, r#""asInt":"1000""#, r#""as_int":1000"#] {
        assert_eq!(number(json), Some(Number::AsInt(1000)), "{json}");
    }
    for json in [r#""asDouble":1"#, r#""asDouble":1.0"#, r#""asDouble":"1""#, r#""asDouble":1,"asInt":null"#] {
        assert_eq!(number(json), Some(Number::AsDouble(1.0)), "{json}");
    }
    assert_eq!(number(r#""asDouble":"Infinity""#), Some(Number::AsDouble(f64::INFINITY)));
    assert_eq!(number(r#""asDouble":"-Infinity""#), Some(Number::AsDouble(f64::NEG_INFINITY)));
    assert!(matches!(number(r#""asDouble":"NaN""#), Some(Number::AsDouble(nan)) if nan.is_nan()));
    // A double to its last bit; most readers of JSON round this one wrongly.
    assert_eq!(number(r#""asDouble":51.248178375505404"#), Some(Number::AsDouble(51.248_178_375_505_404)));
    assert_eq!(number(r#""asInt":null"#), None);
    assert_eq!(number(r#""someday":{"asInt":[1,{"deep":null}]},"asInt":5"#), Some(Number::AsInt(5)));
    assert_eq!(point(r#"{"timeUnixNano":"18446744073709551615"}"#).expect("u64").time_unix_nano, u64::MAX);
    assert_eq!(point(r#"{"timeUnixNano":18446744073709551615}"#).expect("u64").time_unix_nano, u64::MAX);
    for (name, expected) in [
        ("2", 2),
        (r#""AGGREGATION_TEMPORALITY_DELTA""#, 1),
        (r#""AGGREGATION_TEMPORALITY_CUMULATIVE""#, 2),
        ("null", 0),
    ] {
        let data = metric(&format!(r#"{{"sum":{{"aggregationTemporality":{name}}}}}"#)).expect(name).data;
        assert!(matches!(data, Some(Data::Sum(sum)) if sum.aggregation_temporality == expected), "{name}");
    }
}

#[test]
fn rules_of_values() {
    let bytes = |json: &str| value(&format!(r#"{{"bytesValue":"{json}"}}"#)).expect(json);
    for json in ["+/8=", "+/8", "-_8=", "-_8"] {
        assert_eq!(bytes(json), Some(Value::BytesValue(vec![0xfb, 0xff])), "{json}");
    }
    assert_eq!(value("{}").expect("empty"), None);
    assert_eq!(value("null").expect("null"), None);
    assert_eq!(value(r#"{"stringValue":""}"#).expect("text"), Some(Value::StringValue(String::new())));
    let text = |json: &str| match value(&format!(r#"{{"stringValue":"{json}"}}"#)).expect(json) {
        Some(Value::StringValue(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(text(r"\u00e4\ud83d\ude00\n"), "ä😀\n");
    // JSON asks for an escape here, and the meaning is plain without one.
    assert_eq!(text("a\tb"), "a\tb");
    // Half a surrogate pair, as JavaScript writes a text that was cut in its middle.
    assert_eq!(text(r"cut \ud83d"), "cut \u{fffd}");
    let exemplar = r#"{"exemplars":[{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174"}]}"#;
    let exemplar = &point(exemplar).expect("hex").exemplars[0];
    assert_eq!(exemplar.trace_id[..3], [0x5b, 0x8e, 0xff]);
    assert_eq!(exemplar.span_id.len(), 8);
}

/// What is no OTLP/JSON is refused, and the answer does not repeat it.
#[test]
fn refused() {
    let of_point = |json: &str| {
        format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"sum":{{"dataPoints":[{json}]}}}}]}}]}}]}}"#)
    };
    let long = "x".repeat(100_000);
    let mut cases = ["", " ", "null", "[]", "7", "{", "{}}", "{} {}", r#"{"resourceMetrics":{}}"#, "\u{feff}{}"]
        .map(str::to_owned)
        .to_vec();
    cases.extend(
        [
            r#"{"asInt":1.5}"#,
            r#"{"asInt":"1.5"}"#,
            r#"{"asInt":""}"#,
            r#"{"asInt":"+1"}"#,
            r#"{"asInt":"9223372036854775808"}"#,
            r#"{"asInt":true}"#,
            r#"{"asDouble":"inf"}"#,
            r#"{"asDouble":"nan"}"#,
            r#"{"asDouble":1e999}"#,
            r#"{"asDouble":NaN}"#,
            r#"{"timeUnixNano":-1}"#,
            r#"{"flags":4294967296}"#,
            r#"{"attributes":{}}"#,
            r#"{"attributes":[null]}"#,
            r#"{"attributes":[{"key":7}]}"#,
            r#"{"attributes":[{"value":{"bytesValue":"~"}}]}"#,
            r#"{"attributes":[{"value":{"boolValue":"true"}}]}"#,
            r#"{"exemplars":[{"traceId":"xyz"}]}"#,
            // Twice, in both spellings, and two of a choice.
            r#"{"asInt":1,"asInt":1}"#,
            r#"{"asInt":1,"as_int":1}"#,
            r#"{"asInt":1,"asDouble":1}"#,
        ]
        .map(of_point),
    );
    cases.push(of_point(&format!(r#"{{"asInt":"{long}"}}"#)));
    cases.push(of_point(&format!(r#""{long}""#)));
    cases.push(of_point(&format!(r#"{{"attributes":"{long}"}}"#)));
    for json in cases {
        let error = decode(json.clone()).expect_err(&json);
        assert!(matches!(error, BodyError::Corrupt { .. }), "{json}: {error:?}");
        assert!(error.to_string().len() < 300, "{error}");
    }
    let not_utf8 = [of_point(r#"{"attributes":[{"key":""#).as_bytes(), &[0xff]].concat();
    assert!(decode(not_utf8).is_err());
}

/// What comes out is within the limit as well, and nesting ends.
#[test]
fn bounds() {
    let counts = format!(
        r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"histogram":{{"dataPoints":[{{"bucketCounts":[0{}]}}]}}}}]}}]}}]}}"#,
        ",0".repeat(100_000)
    );
    let mut reservation = Budget::new(usize::MAX).empty_reservation();
    let refused = json::decode(counts.clone().into(), counts.len(), &mut reservation);
    assert!(matches!(refused, Err(BodyError::TooLarge(_))), "{refused:?}");
    let budget = Budget::new(1_000);
    let other = budget.reserve(900);
    let refused = json::decode(counts.into(), LIMIT, &mut budget.empty_reservation());
    assert!(matches!(refused, Err(BodyError::NoRoom)), "{refused:?}");
    drop(other);
    let nested = |depth: usize| {
        let open = r#"{"arrayValue":{"values":["#.repeat(depth);
        value(&format!("{open}{}", "]}}".repeat(depth)))
    };
    assert!(nested(16).is_ok());
    assert!(nested(100_000).is_err());
    // What nobody knows is passed over, however deep it is.
    assert!(decode(format!(r#"{{"someday":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000))).is_ok());
}

/// Lengths in front of messages take one to four bytes, at each depth, and beside each other.
#[test]
fn long_messages() {
    for length in [100, 127, 128, 16_000, 16_384, 2_100_000] {
        let text = "x".repeat(length);
        let open = r#"{"arrayValue":{"values":["#.repeat(30);
        let json = format!(r#"{open}{{"stringValue":"{text}"}},{{"intValue":7}}{}"#, "]}}".repeat(30));
        let mut found = value(&json).expect("nested");
        for depth in 0..30 {
            let Some(Value::ArrayValue(mut list)) = found else { panic!("{depth}: {found:?}") };
            assert_eq!(list.values.len(), if depth == 29 { 2 } else { 1 });
            if let Some(last) = list.values.get(1) {
                assert_eq!(last.value, Some(Value::IntValue(7)));
            }
            found = list.values.remove(0).value;
        }
        assert_eq!(found, Some(Value::StringValue(text)));
    }
}

/// Long ones are many: what is remembered of them is charged as well, and the limit holds for what they become.
#[test]
fn many_long_messages() {
    let metric = format!(r#"{{"name":"{}"}}"#, "x".repeat(130));
    let json = |metrics: usize| {
        let metrics = vec![metric.as_str(); metrics].join(",");
        Bytes::from(format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{metrics}]}}]}}]}}"#))
    };
    // A name takes 133 bytes, a metric 136; 1,000 of them, and four more each for the scope and the resource around them.
    let mut reservation = Budget::new(usize::MAX).empty_reservation();
    let decoded = json::decode(json(1_000), 136_008, &mut reservation).expect("it fits");
    let found = ExportMetricsServiceRequest::decode(decoded).expect("protobuf");
    assert_eq!(found.resource_metrics[0].scope_metrics[0].metrics.len(), 1_000);
    let refused = json::decode(json(1_000), 136_007, &mut reservation);
    assert!(matches!(refused, Err(BodyError::TooLarge(_))), "{refused:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Written by an encoder of the test's own, in all the ways that the rules leave open.
    #[test]
    fn means_the_same(request in request(), text in any::<bool>(), snake in any::<bool>(), null in any::<bool>()) {
        let json = to_json(&request, Style { integers_as_text: text, snake_case: snake, nulls: null });
        let decoded = decode(json.to_string());
        // By bytes, so that doubles are compared by their bits.
        prop_assert_eq!(decoded.map(|found| found.encode_to_vec()).ok(), Some(request.encode_to_vec()));
    }

    /// One byte of it changed, and any bytes: never a panic, and what is taken is protobuf.
    #[test]
    fn broken(request in request(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut json = to_json(&request, Style::default()).to_string().into_bytes();
        let place = place.index(json.len());
        json[place] = byte;
        let _ = decode(json);
    }
}
