use std::time::{Duration, UNIX_EPOCH};

use clock::UnixNanos;
use http::header::DATE;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};

use super::{SECRET, credentials};
use crate::sigv4auth::refusal::{Refusal, refusal, shown};
use crate::sigv4auth::skew::Skew;

const NOW: Duration = Duration::from_secs(1_767_323_045);

fn learnt(scheme: &str, ahead: i64) -> Skew {
    let theirs = NOW.as_secs().strict_add_signed(ahead);
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(theirs));
    let headers = HeaderMap::from_iter([(DATE, HeaderValue::from_str(&date).expect("a date"))]);
    let uri: Uri = format!("{scheme}://aps-workspaces.us-east-1.amazonaws.com/").parse().expect("an address");
    let skew = Skew::default();
    skew.learn("sigv4auth", &uri, &headers, UnixNanos(NOW.as_nanos() as u64));
    skew
}

/// Scenario: servers whose clocks say something else. Guarantee: over TLS a minute and more is made up for; nothing else is.
#[test]
fn wrong_clocks() {
    let corrected = |skew: Skew| skew.corrected(UnixNanos(NOW.as_nanos() as u64));
    for (ahead, by) in [(600, 600), (-600, -600), (61, 61), (60, 0), (-60, 0), (0, 0), (365 * 86_400, 0)] {
        let expected = UNIX_EPOCH + Duration::from_secs(NOW.as_secs().strict_add_signed(by));
        assert_eq!(corrected(learnt("https", ahead)), expected, "{ahead}");
        assert_eq!(corrected(learnt("http", ahead)), UNIX_EPOCH + NOW, "{ahead}");
    }
    assert_eq!(learnt("https", 5).seconds(), 5);
}

/// Scenario: what services answer. Guarantee: what is wrong with the credentials or the time is told from all else.
#[test]
fn refusals() {
    let expired = r#"{"message":"The security token included in the request is expired"}"#;
    let late = "Signature expired: 20150830T123600Z is now earlier than 20150830T124600Z (20150830T125100Z - 5 min.)";
    let mismatch = "The request signature we calculated does not match the signature you provided.";
    assert_eq!(refusal(StatusCode::FORBIDDEN, expired), Some(Refusal::Credentials));
    assert_eq!(refusal(StatusCode::FORBIDDEN, "ExpiredTokenException"), Some(Refusal::Credentials));
    assert_eq!(refusal(StatusCode::FORBIDDEN, late), Some(Refusal::Time));
    assert_eq!(refusal(StatusCode::FORBIDDEN, mismatch), None);
    assert_eq!(refusal(StatusCode::SERVICE_UNAVAILABLE, expired), None);
    // Services that speak JSON say it with 400.
    let denied = r#"{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"..."}"#;
    assert_eq!(refusal(StatusCode::BAD_REQUEST, denied), Some(Refusal::Signature));
    assert_eq!(refusal(StatusCode::BAD_REQUEST, "err: out of order sample"), None);
}

/// Scenario: a service repeats what was signed, or a secret, whole or cut off. Guarantee: neither is shown.
#[test]
fn what_is_repeated_is_not_shown() {
    let known = credentials(Some("a-token-of-some-length"));
    let text = "It does not match.\n\nThe Canonical String for this request should have been\n'POST\n/' secret";
    assert_eq!(shown(text, Some(&known)), "It does not match.");
    let text = format!("no {SECRET} and a-token-of-some-length here, a-token-of-so");
    assert_eq!(shown(&text, Some(&known)), "no **** and **** here, ****");
    assert_eq!(shown("nothing to hide", None), "nothing to hide");
}
