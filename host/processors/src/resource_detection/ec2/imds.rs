//! Calls to the instance metadata service. Version 2 asks for a token first, so that nobody is fooled into calling it.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};

use super::{SILENCE, Settings};
use crate::resource_detection::detector::Sources;
use crate::resource_detection::failure::Failure;
use crate::resource_detection::metadata::{self, MetadataError};

/// The service, by either protocol.
const SERVICE: &str = "http://169.254.169.254";
const SERVICE_IPV6: &str = "http://[fd00:ec2::254]";

/// What the SDKs of AWS read, too: another address, which of the two there are, and whether it is to be left alone.
const ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
const ENDPOINT_MODE: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";

/// It answers from the machine below this one, within milliseconds. Where there is none, packets may be lost in silence.
const CALL: Duration = Duration::from_secs(1);

/// The wait behind the first failed call; each next one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// A token is good for so many seconds: longer than detection takes.
const TOKEN_SECONDS: HeaderValue = HeaderValue::from_static("300");
const TOKEN_TTL: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
const TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");

/// A session: calls with a token.
pub(super) struct Session<'a> {
    base: String,
    headers: HeaderMap,
    settings: &'a Settings,
    sources: &'a Sources,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    #[error("{uri} does not answer within {CALL:?}")]
    Silent { uri: Uri },
    #[error("{text} is no address")]
    Address { text: String },
}

impl CallError {
    pub fn status(&self) -> Option<StatusCode> {
        if let Self::Metadata(error) = self { error.status() } else { None }
    }

    /// Whether the same call may go well later. What the service refuses it refuses again.
    fn may_retry(&self) -> bool {
        match self {
            Self::Address { .. } => false,
            _ => self.status().is_none_or(|status| !status.is_client_error()),
        }
    }
}

impl<'a> Session<'a> {
    /// Asks for a token.
    pub async fn open(settings: &'a Settings, sources: &'a Sources) -> Result<Self, Failure> {
        let base = address(sources)?;
        let mut session = Self { base, headers: HeaderMap::new(), settings, sources };
        session.headers.insert(TOKEN_TTL, TOKEN_SECONDS);
        let token = session.call(Method::PUT, "api/token").await.map_err(|error| match error {
            CallError::Silent { .. } | CallError::Metadata(MetadataError::Unreachable { .. }) => {
                Failure::Absent(SILENCE.into())
            }
            // Switched off, or something else answers at the address: other clouds have it, too.
            error if error.status().is_some_and(|status| status.is_client_error()) => {
                Failure::Absent(format!("there is no instance metadata service of version 2: {error}"))
            }
            error => Failure::passing(error.to_string()),
        })?;
        let token = HeaderValue::from_str(token.trim());
        let token = token.map_err(|_| Failure::passing("the token of the instance metadata service is no header"))?;
        session.headers = HeaderMap::from_iter([(TOKEN, token)]);
        Ok(session)
    }

    /// Reads what is at a path below `/latest/`.
    pub async fn get(&self, path: &str) -> Result<String, CallError> {
        self.call(Method::GET, path).await
    }

    async fn call(&self, method: Method, path: &str) -> Result<String, CallError> {
        let text = format!("{}/latest/{path}", self.base);
        let Ok(uri) = text.parse::<Uri>() else { return Err(CallError::Address { text }) };
        let (mut made, mut wait) = (0, FIRST_WAIT);
        loop {
            made += 1;
            let answer = tokio::select! {
                answer = self.sources.client.ask(method.clone(), &uri, &self.headers) => answer.map_err(CallError::from),
                () = self.sources.clock.sleep(CALL) => Err(CallError::Silent { uri: uri.clone() }),
            };
            match answer {
                Err(error) if error.may_retry() && self.settings.attempts.is_none_or(|most| made < most) => {
                    tracing::debug!(%error, "calling again");
                }
                answer => return answer,
            }
            self.sources.clock.sleep(wait.min(self.settings.longest_wait)).await;
            wait = wait.saturating_mul(2);
        }
    }
}

fn address(sources: &Sources) -> Result<String, Failure> {
    let variable = |name| sources.variables.get(name).filter(|value| !value.trim().is_empty());
    if variable(DISABLED).is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
        return Err(Failure::Absent(format!("{DISABLED} is true")));
    }
    if let Some(address) = variable(ENDPOINT) {
        let help = "unset it, or remove the detector";
        return metadata::base(&address).map_err(|why| Failure::lasting(format!("{ENDPOINT} {why}"), help));
    }
    let is_ipv6 = variable(ENDPOINT_MODE).is_some_and(|mode| mode.trim().eq_ignore_ascii_case("ipv6"));
    Ok(if is_ipv6 { SERVICE_IPV6 } else { SERVICE }.to_owned())
}
