//! The extension's block: keys and defaults are the Collector's.

use component::blocks::HttpServer;

config::block! {
    /// Nothing listens on its address.
    pub struct Keys {}
    parts {
        /// The server.
        server: HttpServer,
    }
    no_effect "what this host says of itself is in its own metrics" {
        endpoint: listen(55_679),
        expvar,
        max_request_body_size: "0",
    }
}
