//! What the extension says of itself on the page of own metrics.

use component::metrics::{COUNTER, GAUGE, read};
use prometheus::exposition::Page;

use super::authenticator::Signer;

/// Adds the metrics of an extension.
pub fn add(page: &mut Page, signer: &Signer) {
    let id = signer.settings.id.as_str();
    let labels = [("extension", id)];
    let counts = signer.cache.counts();
    const FETCHES: &str = "alluvium_sigv4auth_credential_fetches_total";
    const FETCHES_HELP: &str = "Fetches of credentials, by what came of them.";
    for (result, count) in [("fetched", &counts.fetched), ("failed", &counts.failed)] {
        page.add(FETCHES, COUNTER, FETCHES_HELP, &[("extension", id), ("result", result)], read(count));
    }
    const REPEATS: &str = "alluvium_sigv4auth_repeated_requests_total";
    const REPEATS_HELP: &str = "Requests that were refused and signed again at once, by why.";
    for (reason, count) in [("credentials", &signer.repeats.credentials), ("time", &signer.repeats.time)] {
        page.add(REPEATS, COUNTER, REPEATS_HELP, &[("extension", id), ("reason", reason)], read(count));
    }
    const SKEW_HELP: &str = "Seconds by which the clock of this machine is ahead of the server's.";
    page.add("alluvium_sigv4auth_clock_skew_seconds", GAUGE, SKEW_HELP, &labels, -(signer.skew.seconds() as f64));
}
