//! TLS.

config::block! {
    /// How the certificate of a server is checked. The scheme of its address decides whether there is TLS.
    pub struct ClientTls {}
    parts {
        /// The certificates.
        certificates: Certificates,
    }
    no_effect "the scheme of the address decides" { insecure: boolean(false) }
}

config::block! {
    /// Whether there is TLS, and how the certificate of the server is checked.
    pub struct GrpcTls {
        /// No TLS. A scheme in front of the address decides before this does.
        insecure: bool = boolean(false),
    }
    parts {
        /// The certificates.
        certificates: Certificates,
    }
}

config::block! {
    /// Certificates.
    pub struct Certificates {}
    no_effect "the system's certificates and the versions 1.2 and 1.3 of TLS are always used" {
        include_system_ca_certs_pool: boolean(false),
        min_version: "1.2",
        max_version,
        reload_interval: duration("0s"),
    }
    off "remove it; certificates are checked against those of the system" { insecure_skip_verify }
    refused "remove it; certificates are checked against those of the system" {
        ca_file,
        ca_pem,
        cert_file,
        cert_pem,
        key_file,
        key_pem,
        server_name_override,
        cipher_suites,
        curve_preferences,
        tpm,
    }
}
