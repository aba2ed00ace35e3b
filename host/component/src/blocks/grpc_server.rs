//! The server of gRPC receivers.

config::block! {
    /// What a server of gRPC has beside its address.
    pub struct GrpcServer {
        /// The largest message, before and after it is inflated, MiB; 0 means 4.
        max_recv_msg_size_mib: u64 = integer(0..=LARGEST_MIB, 0),
    }
    no_effect "it is the only value that there is" { transport: choice(&[("tcp", ())], ()) }
    no_effect "this host has limits of its own for streams, buffers and idle connections" {
        max_concurrent_streams,
        read_buffer_size: "524288",
        write_buffer_size,
        keepalive,
        include_metadata: boolean(false),
    }
    refused "end TLS in front of this host, in a load balancer or a sidecar, and remove the key" { tls }
    refused "listen on an address that only your clients reach, and remove the key" { auth }
    refused "remove it" { middlewares }
}

/// The length in front of a gRPC message has four bytes.
const LARGEST_MIB: u64 = 4_095;
