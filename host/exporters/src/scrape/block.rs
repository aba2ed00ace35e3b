//! The exporter's block.

use std::collections::BTreeMap;

use component::blocks::HttpServer;
use config::address::Listen;
use config::schema::Rules;

use super::Settings;
use crate::labelling::LabelKeys;

/// The port that the default configuration has.
const PORT: u16 = 9464;

config::block! {
    /// A page for Prometheus to scrape.
    pub struct Keys {
        /// Where the page is, such as `localhost:9464`; it stands at `/metrics`.
        endpoint: Option<Listen> = required("add where the page is: endpoint: localhost:9464", listen(PORT)),
        /// Labels for all series.
        const_labels: BTreeMap<String, String> = map(text("")),
    }
    parts {
        /// Names and labels.
        labels: LabelKeys,
        /// The server of the page.
        server: HttpServer,
    }
    no_effect "a series leaves the page with its stream" { metric_expiration: "5m" }
    no_effect "the page takes no bodies" { max_request_body_size: "0" }
    off "leave it off" { send_timestamps, enable_open_metrics }
    check Keys::check_labels;
}

impl Keys {
    fn check_labels(&self, rules: &mut Rules<'_>) {
        self.labels.check_fixed("const_labels", &self.const_labels, rules);
    }

    /// What the block means. None if no address is written.
    #[must_use]
    pub fn settings(&self, id: &str) -> Option<Settings> {
        let labelling = self.labels.labelling(&self.const_labels);
        Some(Settings { id: id.to_owned(), listen: self.endpoint.clone()?, labelling })
    }
}
