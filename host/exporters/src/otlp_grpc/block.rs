//! The exporter's block: keys and defaults are the Collector's.

use std::sync::Arc;
use std::time::Duration;

use component::authenticator::Reference;
use component::blocks::GrpcClient;
use config::schema::{Rules, Written};
use http::HeaderMap;

use super::target::Target;
use crate::forwarding::compression::{Compression, OF_GRPC};
use crate::forwarding::keys::ForwardKeys;

config::block! {
    /// OTLP over gRPC to one receiver.
    pub struct Keys {
        /// Host and port, such as `worker:4317`. `http://` in front means no TLS, and `https://` TLS, whatever `tls` says.
        endpoint: Option<Target> = parsed(|text| Target::parse(text).map(Some), || None),
    }
    parts {
        /// How it is called.
        call: CallKeys,
    }
    check Keys::check_endpoint;
}

config::block! {
    /// How receivers are called.
    pub struct CallKeys {
        /// Of one attempt; 0 sets no limit.
        timeout: Duration = duration("5s"),
        /// How requests are compressed.
        compression: Compression = choice(OF_GRPC, Compression::Gzip),
    }
    parts {
        /// The client.
        client: GrpcClient,
        /// Queue and retries.
        forward: ForwardKeys,
    }
}

/// How receivers are called, as meant.
#[derive(Debug, Clone, PartialEq)]
pub struct CallSettings {
    /// Queue, batches and retries.
    pub forward: forward::settings::Settings,
    /// Time of an attempt.
    pub timeout: Duration,
    /// How requests are compressed.
    pub compression: Compression,
    /// Headers that the user adds.
    pub headers: HeaderMap,
    /// Whether there is no TLS, where no scheme says so.
    pub insecure: bool,
    /// Who is asked to authenticate.
    pub authenticator: Option<String>,
}

/// Settings of the exporter, as meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where to send to.
    pub target: Target,
    /// How.
    pub call: CallSettings,
}

impl Keys {
    fn check_endpoint(&self, rules: &mut Rules<'_>) {
        if self.endpoint.is_none() {
            rules.block_error("endpoint", "required", "add endpoint: with host and port, such as worker:4317");
        }
    }

    /// What the block means. None if no address is written.
    #[must_use]
    pub fn settings(&self, id: &str, written: &Written<'_>) -> Option<Settings> {
        Some(Settings { target: self.endpoint.clone()?, call: self.call.settings(id, Some(written)) })
    }
}

impl CallKeys {
    /// What the keys mean, which were written so.
    #[must_use]
    pub fn settings(&self, id: &str, written: Option<&Written<'_>>) -> CallSettings {
        CallSettings {
            forward: self.forward.settings(id, written),
            timeout: if self.timeout.is_zero() { Duration::MAX } else { self.timeout },
            compression: self.compression,
            headers: self.client.header_map(),
            insecure: self.client.tls.insecure,
            authenticator: self.client.authenticator().map(str::to_owned),
        }
    }
}

impl Settings {
    /// The authenticator that is wanted.
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        let id = self.call.authenticator.clone()?;
        Some(Reference { key: "auth.authenticator", id, endpoint: self.target.uri(self.call.insecure) })
    }

    /// The id of the exporter.
    #[must_use]
    pub fn id(&self) -> &Arc<str> {
        &self.call.forward.exporter
    }
}
