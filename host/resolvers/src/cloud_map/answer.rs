//! What Cloud Map answers (AWS, "DiscoverInstances").

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Deserialize;

use crate::endpoint;
use crate::polling::{Answer, Failure};

/// Instances that an answer may have: all that a service may have. There is no second page.
pub(super) const MOST: usize = 1_000;

/// Why an answer with that many may lack some.
const DOUBT: &str = "the answer has 1,000 instances, the most that it can have";

/// An error in so many characters is enough for the log.
const TEXT_CHARACTERS: usize = 400;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Discovered {
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Instance {
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

/// An error of Amazon's JSON services.
#[derive(Default, Deserialize)]
struct Refused {
    #[serde(rename = "__type", default)]
    kind: String,
}

/// The members that an answer has, with this port or with that of each.
pub(super) fn members(body: &[u8], port: Option<u16>) -> Result<Answer, Failure> {
    let discovered: Discovered =
        serde_json::from_slice(body).map_err(|error| Failure::Other(format!("no answer of Cloud Map: {error}")))?;
    let doubt = (discovered.instances.len() >= MOST).then_some(DOUBT);
    let members: BTreeSet<String> = discovered.instances.iter().filter_map(|instance| instance.name(port)).collect();
    Ok(Answer { members: members.into_iter().collect(), kept: 1, doubt, holds: None })
}

impl Instance {
    /// Its address with its port; none if it has no address.
    fn name(&self, port: Option<u16>) -> Option<String> {
        let attribute = |name: &str| self.attributes.get(name).map(String::as_str);
        let port = port.or_else(|| attribute("AWS_INSTANCE_PORT")?.parse().ok());
        if let Some(address) = attribute("AWS_INSTANCE_IPV4").and_then(|text| text.parse::<Ipv4Addr>().ok()) {
            return Some(endpoint::name(address.into(), port));
        }
        if let Some(address) = attribute("AWS_INSTANCE_IPV6").and_then(|text| text.parse::<Ipv6Addr>().ok()) {
            return Some(endpoint::name(address.into(), port));
        }
        attribute("AWS_INSTANCE_CNAME").map(|name| endpoint::with_port(name.to_owned(), port))
    }
}

/// Why there is no answer. `shown` is what may be shown of the body.
pub(super) fn failure(status: http::StatusCode, body: &[u8], shown: &str) -> Failure {
    let refused = refused(body);
    let shown: String =
        shown.chars().map(|one| if one.is_control() { ' ' } else { one }).take(TEXT_CHARACTERS).collect();
    let is_throttled =
        ["RequestLimitExceeded", "ThrottlingException", "TooManyRequestsException"].contains(&refused.as_str());
    if is_throttled || status == http::StatusCode::TOO_MANY_REQUESTS {
        return Failure::Throttled(shown);
    }
    Failure::Other(format!("{}: {shown}", status.as_u16()))
}

/// The name of the error that a body tells of, without its namespace.
fn refused(body: &[u8]) -> String {
    let Refused { kind } = serde_json::from_slice(body).unwrap_or_default();
    kind.rsplit('#').next().unwrap_or_default().to_owned()
}

/// Whether an error is about who asks, not about what is asked.
pub(super) fn is_about_credentials(body: &[u8]) -> bool {
    let kind = refused(body);
    kind.contains("Token") || kind.contains("Signature") || kind == "UnrecognizedClientException"
}
