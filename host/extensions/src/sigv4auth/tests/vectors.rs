//! AWS' own vectors: `aws4_testsuite`, as the sources of botocore 1.44.5 have it in `tests/unit/auth`.

use std::time::{Duration, UNIX_EPOCH};

use component::authenticator::Outgoing;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use super::{SECRET, credentials, settings};
use crate::sigv4auth::scope::Scope;
use crate::sigv4auth::sign::sign;

/// 20150830T123600Z.
const TIME: Duration = Duration::from_secs(1_440_938_160);

const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

struct Vector {
    method: Method,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    token: Option<&'static str>,
    signed: &'static str,
    signature: &'static str,
}

const PLAIN: Vector = Vector {
    method: Method::POST,
    path: "/",
    headers: &[],
    body: "",
    token: None,
    signed: "host;x-amz-date",
    signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
};

fn headers(vector: &Vector) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("example.amazonaws.com"));
    for (name, value) in vector.headers {
        headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let scope = Scope { region: "us-east-1".into(), service: "service".into() };
    let uri: Uri = format!("https://example.amazonaws.com{}", vector.path).parse().expect("an address");
    let body = vector.body.as_bytes();
    let mut request = Outgoing { method: &vector.method, uri: &uri, headers: &mut headers, body };
    sign(&mut request, &scope, &credentials(vector.token), UNIX_EPOCH + TIME).expect("a signature");
    headers
}

/// Scenario: `post-vanilla`, `post-x-www-form-urlencoded`, `get-vanilla-query-order-key-case`, `get-header-value-trim` and
/// `post-sts-header-before`. Guarantee: AWS' own signatures.
#[test]
fn signatures_are_those_of_aws() {
    let vectors = [
        PLAIN,
        Vector {
            headers: &[("content-type", "application/x-www-form-urlencoded")],
            body: "Param1=value1",
            signed: "content-type;host;x-amz-date",
            signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ..PLAIN
        },
        Vector {
            method: Method::GET,
            path: "/?Param2=value2&Param1=value1",
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ..PLAIN
        },
        Vector {
            method: Method::GET,
            headers: &[("my-header1", " value1"), ("my-header2", " \"a   b   c\"")],
            signed: "host;my-header1;my-header2;x-amz-date",
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            ..PLAIN
        },
        Vector {
            token: Some(TOKEN),
            signed: "host;x-amz-date;x-amz-security-token",
            signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
            ..PLAIN
        },
    ];
    for vector in vectors {
        let expected = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={}, Signature={}",
            vector.signed, vector.signature
        );
        let headers = headers(&vector);
        assert_eq!(headers["authorization"], expected);
        assert_eq!(headers["x-amz-date"], "20150830T123600Z");
    }
}

/// Scenario: headers that somebody on the way may change, and those of a signature before. Guarantee: they change nothing.
#[test]
fn what_may_change_is_not_signed() {
    const BEFORE: [(&str, &str); 4] =
        [("user-agent", "a"), ("traceparent", "b"), ("authorization", "c"), ("x-amz-security-token", "d")];
    let plain = headers(&PLAIN);
    let mut expected = plain.clone();
    expected.insert("user-agent", HeaderValue::from_static("a"));
    expected.insert("traceparent", HeaderValue::from_static("b"));
    assert_eq!(headers(&Vector { headers: &BEFORE, ..PLAIN }), expected);
}

/// Scenario: headers and settings are shown. Guarantee: no secret, no token, no signature.
#[test]
fn nothing_secret_is_shown() {
    let headers = headers(&Vector { token: Some(TOKEN), ..PLAIN });
    let shown = format!("{headers:?} {:?} {:?}", credentials(Some(TOKEN)), settings());
    for secret in [SECRET, TOKEN, "85d96828", "AWS4-HMAC"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
