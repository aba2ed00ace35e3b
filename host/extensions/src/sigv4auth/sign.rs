//! A signature (AWS, "Signature Version 4 for API requests"), over the headers and the body as they are sent.

use std::error::Error;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign as signature};
use aws_sigv4::sign::v4::SigningParams;
use component::authenticator::Outgoing;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::scope::Scope;

/// Headers that somebody on the way may change or remove.
const NOT_SIGNED: [&str; 16] = [
    "authorization",
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "uber-trace-id",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// What a signature brings along.
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Signs a request as it would be sent at `time`. A signature that it has is replaced.
///
/// # Errors
/// If a header or the address is nothing that can be signed. The error shows none of them.
pub fn sign(
    request: &mut Outgoing<'_>,
    scope: &Scope,
    credentials: &Credentials,
    time: SystemTime,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    for old in [AUTHORIZATION, DATE, TOKEN] {
        request.headers.remove(old);
    }
    let identity = credentials.clone().into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(&scope.region)
        .name(&scope.service)
        .time(time)
        .settings(SigningSettings::default())
        .build()?
        .into();
    let mut headers = Vec::with_capacity(request.headers.len());
    for (name, value) in request.headers.iter() {
        if !NOT_SIGNED.contains(&name.as_str()) {
            headers.push((name.as_str(), value.to_str()?));
        }
    }
    let body = SignableBody::Bytes(request.body);
    let uri = request.uri.to_string();
    let signable = SignableRequest::new(request.method.as_str(), uri, headers.into_iter(), body)?;
    let (added, _) = signature(signable, &params)?.into_parts().0.into_parts();
    for header in added {
        let mut value = HeaderValue::from_str(header.value())?;
        value.set_sensitive(true);
        request.headers.insert(header.name(), value);
    }
    Ok(())
}
