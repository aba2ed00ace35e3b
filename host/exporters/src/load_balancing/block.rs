//! The exporter's block: keys and defaults are the Collector's.

use std::time::Duration;

use component::authenticator::Reference;
use component::blocks::{RetryOnFailure, SendingQueue};
use config::scalar::Wrong;
use config::schema::{Rules, Written};
use routing::{Profile, RoutingKey};

use crate::forwarding::keys::retry;
use crate::otlp_grpc::block::{CallKeys, CallSettings};

/// The Collector's names of routing keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The name of the service.
    Service,
    /// All attributes of the resource.
    Resource,
    /// The name of the metric.
    Metric,
    /// All that makes a stream.
    Stream,
    /// Some attributes.
    Attributes,
}

const KEYS: &[(&str, Key)] = &[
    ("service", Key::Service),
    ("resource", Key::Resource),
    ("metric", Key::Metric),
    ("streamID", Key::Stream),
    ("attributes", Key::Attributes),
    ("", Key::Service),
];

config::block! {
    /// Streams spread over workers.
    pub struct Keys {
        /// How workers are called.
        protocol: Protocol = block(),
        /// Which workers there are.
        resolver: resolvers::block::Resolver = block(),
        /// What decides which worker a point goes to; `streamID` keeps each stream whole.
        routing_key: Key = choice(KEYS, Key::Service),
        /// The attributes of the key `attributes`.
        routing_attributes: Vec<String> = texts(),
        /// The release of the Collector with which keys and ring agree, such as `v0.161`; `balanced` gives all workers the same
        /// share. By default the newest that is known.
        profile: Profile = parsed(profile, Profile::default),
        /// Where `protocol.otlp` has none.
        retry_on_failure: RetryOnFailure = block_with(&[("enabled", "false")]),
        /// Where `protocol.otlp` has none.
        sending_queue: Option<SendingQueue> = optional(),
    }
    no_effect "each attempt has the timeout of protocol.otlp" { timeout: duration("0s") }
    check Keys::check_routing;
}

config::block! {
    /// How workers are called.
    pub struct Protocol {
        /// Over OTLP/gRPC.
        otlp: Otlp = block(),
    }
}

config::block! {
    /// OTLP over gRPC to each worker.
    pub struct Otlp {}
    parts {
        /// How they are called.
        call: CallKeys,
    }
    no_effect "the resolver says where workers are" { endpoint }
}

/// Settings of the exporter, as meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How workers are called.
    pub call: CallSettings,
    /// Which there are.
    pub resolver: resolvers::settings::Settings,
    /// What decides.
    pub key: RoutingKey,
    /// How.
    pub profile: Profile,
}

fn profile(text: &str) -> Result<Profile, Wrong> {
    const HELP: &str = "write a release, such as v0.161, or balanced";
    text.parse().map_err(|unknown: routing::profile::UnknownProfile| Wrong {
        message: unknown.to_string(),
        help: HELP.to_owned(),
    })
}

impl Keys {
    fn check_routing(&self, rules: &mut Rules<'_>) {
        if !rules.has("resolver") {
            let help = "say where the workers are, such as resolver: {dns: {hostname: workers.example.internal}}";
            rules.block_error("resolver", "required", help);
        }
        let (by_attributes, named) = (self.routing_key == Key::Attributes, !self.routing_attributes.is_empty());
        if by_attributes && !named {
            let help = "write routing_attributes: [...] with the names of attributes";
            rules.block_error("routing_attributes", "must be written where routing_key is attributes", help);
        }
        if named && !by_attributes {
            let message = "is only read where routing_key is attributes";
            rules.error("routing_attributes", message, "remove it, or write routing_key: attributes");
        }
    }

    /// What the block means; none where no workers can be found.
    #[must_use]
    pub fn settings(&self, id: &str, written: &Written<'_>) -> Option<Settings> {
        let inner = written.within("protocol").and_then(|protocol| protocol.within("otlp"));
        let Otlp { call } = &self.protocol.otlp;
        let mut meant = call.settings(id, inner.as_ref());
        if let Some(outer) = self.sending_queue.as_ref().filter(|_| !call.forward.sending_queue.enabled) {
            let forward = crate::forwarding::keys::ForwardKeys { sending_queue: outer.clone(), ..call.forward.clone() };
            let settings = forward.settings(id, Some(written));
            (meant.forward.queue, meant.forward.filling) = (settings.queue, settings.filling);
        }
        if self.retry_on_failure.enabled && !call.forward.retry_on_failure.enabled {
            let again = written.within("retry_on_failure");
            let ends = again.is_some_and(|again| again.has("max_elapsed_time"));
            meant.forward.retry = retry(&self.retry_on_failure, ends);
        }
        let key = match self.routing_key {
            Key::Service => RoutingKey::Service,
            Key::Resource => RoutingKey::Resource,
            Key::Metric => RoutingKey::Metric,
            Key::Stream => RoutingKey::Stream,
            Key::Attributes => RoutingKey::Attributes(self.routing_attributes.clone()),
        };
        Some(Settings { call: meant, resolver: self.resolver.settings()?, key, profile: self.profile })
    }
}

impl Settings {
    /// The authenticator that is wanted. Where the workers are is not known before they are found.
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        let id = self.call.authenticator.clone()?;
        Some(Reference { key: "protocol.otlp.auth.authenticator", id, endpoint: http::Uri::default() })
    }

    /// Time of an attempt.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.call.timeout
    }
}
