//! Exporters that name an extension by which their client says who it is.

use std::collections::BTreeSet;

use super::components::{Components, Configured, Naming};
use component::authenticator::Reference;
use component::row::{Component, Section};
use config::node::Node;
use config::quote::shown;
use config::report::Report;

/// What an authenticator is looked for in.
pub struct Authenticators<'a> {
    /// The whole configuration, for places.
    pub root: &'a Node,
    /// Everything that is configured.
    pub components: &'a Components,
    /// The extensions that run.
    pub running: &'a BTreeSet<String>,
}

/// What is wrong with a reference, and what would help.
struct Wrong(String, String);

impl Authenticators<'_> {
    /// Reports what is wrong with the authenticator that an exporter names.
    pub fn check(&self, exporter: &str, reference: &Reference, report: &mut Report) {
        if let Err(Wrong(message, help)) = self.find(reference) {
            let path = format!("{}.{exporter}.{}", Section::Exporters.key(), reference.key);
            report.error(self.root.find(&path).node.place, &path, message, help);
        }
    }

    fn find(&self, Reference { id, endpoint, .. }: &Reference) -> Result<(), Wrong> {
        let key = (Section::Extensions, id.clone());
        let Some(Configured { component, .. }) = self.components.get(&key) else {
            let message = format!("no extension {} is configured", shown(id));
            return Err(Wrong(message, self.advice()));
        };
        // One that could not be read has been reported.
        let Some(Component::Extension(extension)) = component else { return Ok(()) };
        let Some(authenticator) = extension.authenticator() else {
            return Err(Wrong(format!("the extension {} is no authenticator", shown(id)), self.advice()));
        };
        if !self.running.contains(id) {
            let message = format!("service.extensions does not list {}", shown(id));
            return Err(Wrong(message, format!("add it there: extensions: [{id}]")));
        }
        authenticator.check(endpoint).map_err(|unfit| Wrong(unfit.message, unfit.help))
    }

    /// The authenticators that could be meant.
    fn advice(&self) -> String {
        let is_authenticator = |component: &Option<Component>| match component {
            Some(Component::Extension(extension)) => extension.authenticator().is_some(),
            _ => false,
        };
        let named = self.components.iter().filter(|(_, configured)| configured.naming == Naming::Open);
        let known = named.filter(|(_, configured)| is_authenticator(&configured.component));
        let known: Vec<&str> = known.map(|((_, known), _)| known.as_str()).collect();
        if known.is_empty() {
            "configure it in the section extensions, and list it under service.extensions; or remove auth".to_owned()
        } else {
            format!("authenticators here are {}", known.join(", "))
        }
    }
}
