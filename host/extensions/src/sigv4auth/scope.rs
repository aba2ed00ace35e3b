//! The region and the service that a signature is good for.

use component::authenticator::Unfit;
use http::Uri;

use super::settings::Settings;

/// What the first label of a host begins with, and the service that it stands for: the Collector's list.
const SERVICES: [(&str, &str); 5] =
    [("aps-workspaces", "aps"), ("search-", "es"), ("logs", "logs"), ("xray", "xray"), ("monitoring", "monitoring")];

/// The domains of Amazon's services.
const DOMAINS: [&str; 2] = [".amazonaws.com", ".amazonaws.com.cn"];

/// A region and a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Such as `us-east-1`.
    pub region: String,
    /// Such as `aps`.
    pub service: String,
}

impl Scope {
    /// What is configured, else what the host of `uri` says.
    ///
    /// # Errors
    /// If neither says it.
    pub fn of(settings: &Settings, uri: &Uri) -> Result<Self, Unfit> {
        let host = uri.host().unwrap_or_default();
        let inferred = inferred(host);
        let missing = |key: &str, example: &str| Unfit {
            message: format!("the extension has no {key}, and the address does not say it"),
            help: format!("write {key}: {example} in the block of {}", settings.id),
        };
        let region = settings.region.as_deref().or(inferred.map(|(region, _)| region));
        let service = settings.service.as_deref().or(inferred.map(|(_, service)| service));
        Ok(Self {
            region: region.ok_or_else(|| missing("region", "us-east-1"))?.to_owned(),
            service: service.ok_or_else(|| missing("service", "aps"))?.to_owned(),
        })
    }
}

/// Region and service of one of Amazon's own names: `<service>.<region>.amazonaws.com`, or `<name>.<region>.es` before that.
fn inferred(host: &str) -> Option<(&str, &'static str)> {
    let own = DOMAINS.iter().find_map(|domain| host.strip_suffix(domain))?;
    let mut labels = own.split('.');
    let first = labels.next()?;
    let region = labels.next().filter(|region| region.contains('-'))?;
    let (_, service) = SERVICES.iter().find(|(beginning, _)| first.starts_with(beginning))?;
    Some((region, service))
}
