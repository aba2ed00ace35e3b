//! What is known of Amazon Managed Service for Prometheus ("Service quotas" and "Troubleshooting" of its user guide).

use http::Uri;

/// It answers 413 to larger requests.
pub const REQUEST_BYTES: usize = 1_000_000;

/// The first label of its hosts, also of those that keep to FIPS 140.
const HOSTS: [&str; 2] = ["aps-workspaces", "aps-workspaces-fips"];

/// The domains of Amazon's services; the last has IPv6 as well.
const DOMAINS: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];

/// Whether a workspace is at this address.
pub fn is_workspace(endpoint: &Uri) -> bool {
    let host = endpoint.host().unwrap_or_default().to_ascii_lowercase();
    let own = DOMAINS.iter().find_map(|domain| host.strip_suffix(domain)).unwrap_or_default();
    own.split_once('.').is_some_and(|(first, region)| HOSTS.contains(&first) && !region.is_empty())
}
