//! The extension's block: keys and defaults are the Collector's.

use component::blocks::HttpServer;
use config::address::Listen;
use config::schema::Rules;

/// The Collector's port.
const PORT: u16 = 13_133;

config::block! {
    /// Whether the host takes requests.
    pub struct Keys {
        /// Where to listen.
        endpoint: Listen = listen(PORT),
        /// Where the answer stands; it begins with `/`.
        path: String = text("/"),
        /// Texts in place of the JSON.
        response_body: Option<Bodies> = maybe(block()),
    }
    parts {
        /// The server.
        server: HttpServer,
    }
    no_effect "the Collector does not look at it either" { check_collector_pipeline }
    no_effect "the page takes no bodies" { max_request_body_size: "0" }
    off "remove it; the answer is that of the first version" { use_v2 }
    refused "remove it; they belong to the second version of the extension" { http, grpc, component_health }
    check Keys::check_path;
}

config::block! {
    /// Texts in place of the JSON.
    pub struct Bodies {
        /// While the host takes requests.
        healthy: String = text(""),
        /// While it does not.
        unhealthy: String = text(""),
    }
}

impl Keys {
    fn check_path(&self, rules: &mut Rules<'_>) {
        if !self.path.starts_with('/') {
            let help = format!("write /{}", self.path);
            rules.error("path", "must start with /", help);
        }
    }
}
