//! The server of HTTP receivers and of pages.

config::block! {
    /// What a server of HTTP has beside its address.
    pub struct HttpServer {}
    no_effect "this host has limits of its own for bodies, connections and waits" {
        compression_algorithms,
        include_metadata: boolean(false),
        read_timeout,
        read_header_timeout,
        write_timeout,
        idle_timeout,
        keep_alives_enabled,
        keepalive,
    }
    refused "end TLS in front of this host, in a load balancer or a sidecar, and remove the key" { tls }
    refused "listen on an address that only your clients reach, and remove the key" { auth }
    refused "remove it" { cors, response_headers, middlewares }
}
