//! EndpointSlices: what the API server says of them, and the members that all of them have together.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// A list of slices.
#[derive(Debug, Deserialize)]
pub(super) struct List {
    #[serde(default)]
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) items: Vec<Slice>,
}

/// What an object says of itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) resource_version: String,
}

/// An EndpointSlice.
#[derive(Debug, Deserialize)]
pub(super) struct Slice {
    pub(super) metadata: Metadata,
    #[serde(default)]
    endpoints: Option<Vec<Endpoint>>,
}

#[derive(Debug, Deserialize)]
struct Endpoint {
    #[serde(default)]
    addresses: Vec<String>,
    #[serde(default)]
    conditions: Option<Conditions>,
    #[serde(default)]
    hostname: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Conditions {
    #[serde(default)]
    ready: Option<bool>,
}

/// A line of a watch.
#[derive(Debug, Deserialize)]
pub(super) struct Event<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'a str,
    #[serde(borrow)]
    pub(super) object: &'a serde_json::value::RawValue,
}

/// Why a watch has failed: an object of kind `Status`.
#[derive(Debug, Deserialize)]
pub(super) struct Status {
    #[serde(default)]
    pub(super) code: u16,
    #[serde(default)]
    pub(super) message: String,
}

/// How members are named.
#[derive(Debug, Clone)]
pub(super) enum Naming {
    /// By addresses.
    Addresses,
    /// By host names, with this behind them: `.service.namespace`.
    HostNames(String),
}

/// All slices of a service.
#[derive(Debug, Default)]
pub(super) struct Slices(BTreeMap<String, BTreeSet<String>>);

impl Slices {
    /// There is a slice, or it is another now.
    pub(super) fn set(&mut self, slice: Slice, naming: &Naming) {
        let ready = |endpoint: &&Endpoint| {
            // Not to know counts as ready.
            endpoint.conditions.as_ref().and_then(|conditions| conditions.ready).unwrap_or(true)
        };
        let endpoints = slice.endpoints.unwrap_or_default();
        let mut hosts = BTreeSet::new();
        for endpoint in endpoints.iter().filter(ready) {
            match (naming, &endpoint.hostname) {
                (Naming::Addresses, _) => hosts.extend(endpoint.addresses.iter().cloned()),
                (Naming::HostNames(suffix), Some(name)) if !name.is_empty() => {
                    hosts.extend([format!("{name}{suffix}")])
                }
                // It will be told of again once it has one.
                (Naming::HostNames(_), _) => {}
            }
        }
        self.0.insert(slice.metadata.name, hosts);
    }

    /// There is no such slice any more.
    pub(super) fn remove(&mut self, slice: &Slice) {
        self.0.remove(&slice.metadata.name);
    }

    /// The names of all members, each once: with each of these ports, or without one.
    pub(super) fn members(&self, ports: &[u16]) -> BTreeSet<String> {
        let hosts: BTreeSet<&String> = self.0.values().flatten().collect();
        let with = |host: &str, port: &u16| {
            if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
        };
        match ports {
            [] => hosts.into_iter().cloned().collect(),
            _ => hosts.into_iter().flat_map(|host| ports.iter().map(move |port| with(host, port))).collect(),
        }
    }
}
